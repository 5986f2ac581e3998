using System.Text.Json;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Dictionaries;

public sealed partial class TopKDictionary
{
    private const string ConfigName = "config.json";
    private const string WeightsName = "model.safetensors";
    private const string DetailsName = "dictionary.json";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes config.json and model.safetensors as the published code lays them out, and dictionary.json with what those cannot say.</summary>
    /// <param name="folder">is made where it is missing; files in it are replaced</param>
    /// <exception cref="IOException">A file could not be written.</exception>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        float[] columns = new float[Decoder.Rows * Decoder.Columns];
        Transpose(Decoder.AsSpan(), columns, LatentCount, ModelDim);
        SafetensorsFile.Write(
            Path.Combine(folder, WeightsName),
            [
                Tensor.Of("encoder.weight", Encoder.AsSpan(), LatentCount, ModelDim),
                Tensor.Of("decoder.weight", columns.AsSpan(), ModelDim, LatentCount),
                Tensor.Of("pre_encoder_bias", PreBias.AsSpan(), ModelDim),
            ]);
        JsonFile.Write(Path.Combine(folder, DetailsName), new DictionaryDetails { Config = Config, Origin = Origin });
        AtomicFile.WriteText(Path.Combine(folder, ConfigName), PublishedSettings.WriteDictionary(Config).ToJsonString(Indented) + "\n");
    }

    /// <summary>Reads a folder that <see cref="Save"/> wrote, or a published one, which has no dictionary.json.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is missing, damaged, or does not fit the others; the message names path and field.</exception>
    public static TopKDictionary Load(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no dictionary folder '{folder}'.");
        }

        var details = ReadDetails(folder);
        var config = details.Config;
        int n = config.LatentCount, d = config.ModelDim;
        using var weights = SafetensorsFile.Open(Path.Combine(folder, WeightsName));
        weights.RequireShape("encoder.weight", n, d);
        weights.RequireShape("decoder.weight", d, n);
        weights.RequireShape("pre_encoder_bias", d);
        var decoder = new Matrix(n, d);
        Transpose(weights.ReadFloats("decoder.weight"), decoder.AsSpan(), d, n);
        return new TopKDictionary(config, weights.ReadMatrix("encoder.weight"), decoder, weights.ReadFloats("pre_encoder_bias"), details.Origin);
    }

    private static DictionaryDetails ReadDetails(string folder)
    {
        string path = Path.Combine(folder, DetailsName);
        if (File.Exists(path))
        {
            var details = JsonFile.Read<DictionaryDetails>(path);
            return details with { Config = TopKConfig.Checked(details.Config, path) };
        }

        path = Path.Combine(folder, ConfigName);
        if (!File.Exists(path))
        {
            throw new InvalidDataException($"'{folder}' is no dictionary: it has no {ConfigName}.");
        }

        return new DictionaryDetails { Config = TopKConfig.Checked(PublishedSettings.ReadDictionary(TopKConfig.ReadObject(path), path), path) };
    }

    /// <summary>[rows × columns] to [columns × rows].</summary>
    internal static void Transpose(ReadOnlySpan<float> source, Span<float> destination, int rows, int columns)
    {
        const int tile = 16;
        for (int rowStart = 0; rowStart < rows; rowStart += tile)
        {
            for (int columnStart = 0; columnStart < columns; columnStart += tile)
            {
                for (int row = rowStart; row < Math.Min(rows, rowStart + tile); row++)
                {
                    for (int column = columnStart; column < Math.Min(columns, columnStart + tile); column++)
                    {
                        destination[column * rows + row] = source[row * columns + column];
                    }
                }
            }
        }
    }
}

/// <summary>What dictionary.json holds.</summary>
internal sealed record DictionaryDetails
{
    public required TopKConfig Config { get; init; }

    public DictionaryOrigin Origin { get; init; } = new();
}

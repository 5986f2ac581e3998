using System.Text.Json;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Dictionaries;

public abstract partial class SparseDictionary
{
    private const string ConfigName = "config.json";
    private const string WeightsName = "model.safetensors";
    private const string DetailsName = "dictionary.json";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>
    /// Writes model.safetensors and dictionary.json; for TopK the weights are laid out as the published code does, and its config.json is written too. What another kind has beside those weights stands
    /// in the same file as encoder.bias and threshold.
    /// </summary>
    /// <param name="folder">is made where it is missing; files in it are replaced</param>
    /// <exception cref="IOException">A file could not be written.</exception>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        float[] columns = new float[Decoder.Rows * Decoder.Columns];
        Transpose(Decoder.AsSpan(), columns, LatentCount, ModelDim);
        List<Tensor> tensors =
        [
            Tensor.Of("encoder.weight", Encoder.AsSpan(), LatentCount, ModelDim),
            Tensor.Of("decoder.weight", columns.AsSpan(), ModelDim, LatentCount),
            Tensor.Of("pre_encoder_bias", PreBias.AsSpan(), ModelDim),
        ];
        if (EncoderBias is { } bias)
        {
            tensors.Add(Tensor.Of("encoder.bias", bias.AsSpan(), LatentCount));
        }

        if (this is ThresholdDictionary { Thresholds: var thresholds })
        {
            tensors.Add(Tensor.Of("threshold", thresholds.AsSpan(), LatentCount));
        }

        SafetensorsFile.Write(Path.Combine(folder, WeightsName), tensors);
        JsonFile.Write(Path.Combine(folder, DetailsName), new DictionaryDetails { Config = Config, Origin = Origin });
        if (Config is TopKConfig topK)
        {
            AtomicFile.WriteText(Path.Combine(folder, ConfigName), PublishedSettings.WriteDictionary(topK).ToJsonString(Indented) + "\n");
        }
    }

    /// <summary>Whether a folder holds a dictionary.</summary>
    public static bool IsFolder(string folder) => File.Exists(Path.Combine(folder, DetailsName)) || File.Exists(Path.Combine(folder, ConfigName));

    /// <summary>Reads a folder that <see cref="Save"/> wrote, or a published one, which has no dictionary.json.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is missing, damaged, or does not fit the others; the message names path and field.</exception>
    public static SparseDictionary Load(string folder)
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
        var (encoder, preBias) = (weights.ReadMatrix("encoder.weight"), weights.ReadFloats("pre_encoder_bias"));
        float[]? encoderBias = weights.Contains("encoder.bias") ? weights.ReadFloats("encoder.bias", n) : null;
        if (config is BaselineConfig { Method: BaselineMethod.Nmf } nmf)
        {
            return NonNegativeDictionary.Read(nmf, decoder, folder, details.Origin);
        }

        return TopKDictionary.KOf(config) is not null
            ? new TopKDictionary(config, encoder, decoder, preBias, details.Origin, encoderBias)
            : new ThresholdDictionary(config, encoder, decoder, preBias, encoderBias, weights.ReadFloats("threshold", n)) { Origin = details.Origin };
    }

    private static DictionaryDetails ReadDetails(string folder)
    {
        string path = Path.Combine(folder, DetailsName);
        if (File.Exists(path))
        {
            var details = JsonFile.Read<DictionaryDetails>(path);
            return details with { Config = DictionaryConfig.Checked(details.Config, path) };
        }

        path = Path.Combine(folder, ConfigName);
        if (!File.Exists(path))
        {
            throw new InvalidDataException($"'{folder}' is no dictionary: it has no {ConfigName}.");
        }

        return new DictionaryDetails { Config = DictionaryConfig.Checked(PublishedSettings.ReadDictionary(DictionaryConfig.ReadObject(path), path), path) };
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
    public required DictionaryConfig Config { get; init; }

    public DictionaryOrigin Origin { get; init; } = new();
}

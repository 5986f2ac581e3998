using System.Globalization;
using Mlsae.Storage;

namespace Mlsae.Analysis;

/// <summary>Distributions over layers on disk: <c>counts</c> I64 [L, n_latents], <c>totals</c> F64 [L, n_latents] and <c>pairs_by_layers</c> I64 [L + 1].</summary>
public static class LayerDistributionsFile
{
    private const string TokensField = "tokens";
    private const string ThresholdField = "threshold";

    /// <summary>Writes distributions to a safetensors file.</summary>
    public static void Write(string path, LayerDistributions distributions)
    {
        long layers = distributions.LayerCount, latents = distributions.LatentCount;
        Tensor[] tensors =
        [
            Tensor.Of("counts", distributions.Counts, layers, latents),
            Tensor.Of("totals", distributions.Totals, layers, latents),
            Tensor.Of("pairs_by_layers", distributions.PairsByLayers, layers + 1),
        ];
        SafetensorsFile.Write(path, tensors, new Dictionary<string, string>
        {
            ["definition"] = LayerDistributions.Definition,
            [TokensField] = distributions.Tokens.ToString(CultureInfo.InvariantCulture),
            [ThresholdField] = distributions.Threshold.ToString("R", CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or holds something else; the message names path and field.</exception>
    public static LayerDistributions Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        long[] shape = file.Describe("counts").Shape;
        if (shape is not [> 0 and <= int.MaxValue, > 0 and <= int.MaxValue])
        {
            throw new InvalidDataException($"{path}: 'counts' has shape [{string.Join(", ", shape)}], where [layers, latents] was expected.");
        }

        file.RequireShape("totals", shape);
        var totals = new double[shape[0] * shape[1]];
        file.Read("totals", 0, totals);
        return new LayerDistributions(
            (int)shape[0], (int)shape[1], (float)Field(file, ThresholdField), file.ReadLongs("counts", shape), totals,
            file.ReadLongs("pairs_by_layers", shape[0] + 1), (long)Field(file, TokensField));
    }

    private static double Field(SafetensorsFile file, string name) =>
        file.Metadata.TryGetValue(name, out string? text) && double.TryParse(text, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw new InvalidDataException($"{file.Path}: the metadata has no number '{name}', where one was expected.");
}

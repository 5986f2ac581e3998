using System.Globalization;
using Mlsae.Storage;

namespace Mlsae.Analysis;

/// <summary>
/// Distributions over layers on disk. Whole: <c>counts</c> I64 [L, n_latents], <c>totals</c> F64 [L, n_latents], <c>pairs_by_layers</c> F64 [sequences, L + 1] and <c>tokens</c> I64 [1].
/// For others' tools also the columns of the published <c>-dists</c> data sets, one tensor each.
/// </summary>
public static class LayerDistributionsFile
{
    /// <summary>The file's name in analysis/latent-layers.</summary>
    public const string FileName = "layers.safetensors";

    /// <summary>The name of the file in the published schema.</summary>
    public const string PublishedFileName = "dists.safetensors";

    private const string ThresholdField = "threshold";

    /// <summary>Writes distributions to a safetensors file.</summary>
    public static void Write(string path, LayerDistributions distributions) => SafetensorsFile.Write(path, distributions.SaveState(), new Dictionary<string, string>
    {
        ["definition"] = LayerDistributions.Definition,
        [ThresholdField] = distributions.Threshold.ToString("R", CultureInfo.InvariantCulture),
    });

    /// <summary>
    /// Writes the columns of the published data sets <c>tim-lawson/mlsae-…-dists</c>: <c>latent</c> I64 [n]; <c>count</c>, <c>total</c>, <c>mean</c>, <c>layer_mean</c>, <c>layer_var</c> and
    /// <c>layer_std</c> F64 [n]; <c>counts</c>, <c>totals</c>, <c>means</c> and <c>probs</c> F64 [n, L]. What is null there is NaN here.
    /// </summary>
    public static void WritePublished(string path, LayerDistributions distributions)
    {
        var latents = distributions.Latents();
        long n = distributions.LatentCount, layers = distributions.LayerCount;

        Tensor Column(string name, Func<LatentLayers, double> of) => Tensor.Of(name, (ReadOnlySpan<double>)[.. latents.Select(of)], n);
        Tensor Table(string name, Func<int, int, double> of) =>
            Tensor.Of(name, (ReadOnlySpan<double>)[.. latents.SelectMany(_ => Enumerable.Range(0, (int)layers), (latent, layer) => of(layer, latent.Latent))], n, layers);
        double Count(int layer, int latent) => distributions.Counts[layer * n + latent];
        double Total(int layer, int latent) => distributions.Totals[layer * n + latent];

        SafetensorsFile.Write(path,
        [
            Tensor.Of("latent", (ReadOnlySpan<long>)[.. latents.Select(latent => (long)latent.Latent)], n),
            Column("count", latent => latent.Count), Column("total", latent => latent.Total), Column("mean", latent => latent.Mean),
            Column("layer_mean", latent => latent.LayerMean), Column("layer_var", latent => latent.LayerVariance), Column("layer_std", latent => latent.LayerStd),
            Table("counts", Count), Table("totals", Total), Table("means", (layer, latent) => Total(layer, latent) / Count(layer, latent)),
            Table("probs", (layer, latent) => Total(layer, latent) / latents[latent].Total),
        ]);
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

        var distributions = new LayerDistributions((int)shape[0], (int)shape[1], Threshold(file));
        distributions.RestoreState(file);
        return distributions;
    }

    private static float Threshold(SafetensorsFile file) =>
        file.Metadata.TryGetValue(ThresholdField, out string? text) && float.TryParse(text, CultureInfo.InvariantCulture, out float value)
            ? value
            : throw new InvalidDataException($"{file.Path}: the metadata has no number '{ThresholdField}', where one was expected.");
}

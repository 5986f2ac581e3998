using System.Globalization;
using Mlsae.Metrics;
using Mlsae.Storage;

namespace Mlsae.Analysis;

/// <summary>
/// The numbers of every single latent as safetensors. For each layer l, and for all layers under the name <c>overall</c>: <c>layer_l.fired</c>, <c>.active</c> and <c>.selected</c>
/// I64 [latents], and <c>.moments</c> F64 [latents, 4] (mean, variance, skew, kurtosis).
/// </summary>
public static class LatentStatisticsFile
{
    /// <summary>The summary's file in analysis/feature-density.</summary>
    public const string FileName = "latents.json";

    /// <summary>The file of every single latent in analysis/feature-density.</summary>
    public const string NumbersFileName = "latents.safetensors";

    /// <summary>Writes the summary and the numbers.</summary>
    /// <param name="folder">made where it is missing</param>
    /// <param name="statistics">the summary</param>
    /// <param name="sums">what it was made of</param>
    /// <exception cref="IOException">A file could not be written.</exception>
    public static void Write(string folder, LatentStatistics statistics, DictionaryLatentSums sums)
    {
        var tensors = sums.Layers.Select((layer, l) => ($"layer_{l}", layer)).Append(("overall", sums.Overall)).SelectMany(part => Tensors(part.Item1, part.Item2));
        SafetensorsFile.Write(Path.Combine(folder, NumbersFileName), tensors, new Dictionary<string, string>
        {
            ["tokens"] = statistics.Tokens.ToString(CultureInfo.InvariantCulture),
            ["moments"] = "mean, variance, skew, kurtosis",
        });
        JsonFile.Write(Path.Combine(folder, FileName), statistics);
    }

    /// <summary>Reads the summary.</summary>
    /// <param name="folder">analysis/feature-density</param>
    /// <exception cref="IOException">It is not there.</exception>
    /// <exception cref="InvalidDataException">It is damaged; the message names path and field.</exception>
    public static LatentStatistics Read(string folder) => JsonFile.Read<LatentStatistics>(Path.Combine(folder, FileName));

    /// <summary>[n_latents] The tokens at which each latent fired, at any layer.</summary>
    /// <inheritdoc cref="Read"/>
    public static long[] ReadFired(string folder)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, NumbersFileName));
        return file.ReadLongs("overall.fired");
    }

    private static Tensor[] Tensors(string name, LatentSums sums)
    {
        var moments = Enumerable.Range(0, sums.Count).Select(latent => LatentMoments.Of(sums, latent));
        double[] numbers = [.. moments.SelectMany(of => new[] { of.Mean, of.Variance, of.Skew, of.Kurtosis })];
        return
        [
            Tensor.Of($"{name}.fired", sums.Fired, sums.Count), Tensor.Of($"{name}.active", sums.Active, sums.Count),
            Tensor.Of($"{name}.selected", sums.Selected, sums.Count), Tensor.Of($"{name}.moments", numbers, sums.Count, 4),
        ];
    }
}

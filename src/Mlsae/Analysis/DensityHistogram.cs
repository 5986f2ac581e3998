using Mlsae.Metrics;

namespace Mlsae.Analysis;

/// <summary>How many latents have which density: log10 of the share of tokens at which they fire. Bricken et al. 2023 see two clusters, one of them of ultralow density.</summary>
/// <param name="Log10Edges">[bins + 1] edges of the bins; a bin holds its lower edge</param>
/// <param name="Counts">[bins] latents in each</param>
/// <param name="NeverFired">latents without a logarithm</param>
/// <param name="SmallestDensity">1 / tokens: what firing once comes to, and all that this sample can resolve</param>
/// <param name="UltralowBelow">the density below which a latent belongs to the ultralow cluster</param>
/// <param name="Ultralow">latents that fired but less often than that; null where the sample is too small to show any</param>
public sealed record DensityHistogram(
    IReadOnlyList<double> Log10Edges, IReadOnlyList<int> Counts, int NeverFired, double SmallestDensity, double UltralowBelow, int? Ultralow)
{
    /// <summary>The bound of Bricken et al. between the ultralow cluster and the others.</summary>
    public const double DefaultUltralowBelow = 1e-6;

    private const double BinWidth = 0.25;

    /// <summary>The histogram of some latents, in bins of a quarter of a decade.</summary>
    /// <param name="sums">of at least one token</param>
    /// <param name="ultralowBelow">the density below which a latent belongs to the ultralow cluster</param>
    public static DensityHistogram Of(LatentSums sums, double ultralowBelow = DefaultUltralowBelow)
    {
        double smallest = 1.0 / sums.Tokens;
        int first = (int)Math.Floor(Math.Log10(smallest));
        var counts = new int[Math.Max(1, (int)(-first / BinWidth))];
        int ultralow = 0;
        foreach (int latent in Enumerable.Range(0, sums.Count).Where(latent => sums.Fired[latent] > 0))
        {
            int bin = (int)((Math.Log10(sums.Density(latent)) - first) / BinWidth);
            counts[Math.Clamp(bin, 0, counts.Length - 1)]++;
            ultralow += sums.Density(latent) < ultralowBelow ? 1 : 0;
        }

        return new DensityHistogram(
            [.. Enumerable.Range(0, counts.Length + 1).Select(edge => first + edge * BinWidth)], counts, sums.Count - counts.Sum(), smallest, ultralowBelow,
            smallest < ultralowBelow ? ultralow : null);
    }
}

using Mlsae.Metrics;

namespace Mlsae.Analysis;

/// <summary>Where in depth one latent is active: the moments of the layer under p(l) = totals(l) / Σ totals. All moments are NaN for a dead latent.</summary>
/// <param name="Latent">its index</param>
/// <param name="Count">(token, layer) pairs at which it was active</param>
/// <param name="Total">sum of its values there</param>
/// <param name="ActiveLayers">layers at which it was ever active</param>
/// <param name="LayerMean">Σ l·p(l), in layers from 0</param>
/// <param name="LayerVariance">Σ (l − LayerMean)²·p(l), in layers squared</param>
/// <param name="Entropy">−Σ p ln p, in nats, between 0 and ln L</param>
/// <param name="Bimodality">(skew² + 1) / kurtosis of the L totals taken as a sample of L numbers: 1 for two equal ones and nothing else, 5/9 for evenly spread ones, in [0, 1]</param>
/// <param name="Dip"><see cref="HartigansDip"/> of the same sample; NaN for a dead latent</param>
public readonly record struct LatentLayers(
    int Latent, long Count, double Total, int ActiveLayers, double LayerMean, double LayerVariance, double Entropy, double Bimodality, double Dip)
{
    /// <summary>Name and version of <see cref="Bimodality"/>'s definition.</summary>
    public const string BimodalityDefinition =
        "bimodality/1: (g^2 + 1) / K with the biased skewness g and Pearson kurtosis K (not the excess) of a latent's L totals as a sample of L numbers; NaN where all are equal";

    /// <summary>Mean value where it was active.</summary>
    public double Mean => Total / Count;

    /// <summary>√LayerVariance, in layers.</summary>
    public double LayerStd => Math.Sqrt(LayerVariance);

    /// <summary>Whether it was never active, or its values sum to nothing that shares can be taken of.</summary>
    public bool IsDead => double.IsNaN(LayerMean);

    /// <summary>The moments of a latent.</summary>
    /// <param name="latent">its index</param>
    /// <param name="counts">[L]</param>
    /// <param name="totals">[L]</param>
    /// <remarks>The variance is summed about the mean; the published E[l²] − E[l]² cancels about 1e-4 in 32 bits.</remarks>
    public static LatentLayers Of(int latent, ReadOnlySpan<long> counts, ReadOnlySpan<double> totals)
    {
        Numerics.Require.Equal(counts.Length, totals.Length);
        double total = 0, mean = 0, variance = 0, entropy = 0;
        foreach (double t in totals)
        {
            total += t;
        }

        for (int layer = 0; layer < totals.Length; layer++)
        {
            mean += layer * (totals[layer] / total);
        }

        for (int layer = 0; layer < totals.Length; layer++)
        {
            double p = totals[layer] / total;
            variance += (layer - mean) * (layer - mean) * p;
            entropy -= p == 0 ? 0 : p * Math.Log(p);
        }

        return new LatentLayers(
            latent, Sum(counts), total, counts.Length - counts.Count(0L), mean, variance, entropy, BimodalityOf(totals, total / totals.Length),
            double.IsNaN(mean) ? double.NaN : HartigansDip.Of(totals));
    }

    private static double BimodalityOf(ReadOnlySpan<double> totals, double mean)
    {
        double square = 0, cube = 0, fourth = 0;
        foreach (double value in totals)
        {
            double deviation = value - mean;
            square += deviation * deviation / totals.Length;
            cube += deviation * deviation * deviation / totals.Length;
            fourth += deviation * deviation * deviation * deviation / totals.Length;
        }

        double skewness = cube / Math.Pow(square, 1.5);
        return (skewness * skewness + 1) / (fourth / (square * square));
    }

    private static long Sum(ReadOnlySpan<long> counts)
    {
        long sum = 0;
        foreach (long count in counts)
        {
            sum += count;
        }

        return sum;
    }
}

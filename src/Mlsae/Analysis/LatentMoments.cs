using Mlsae.Metrics;

namespace Mlsae.Analysis;

/// <summary>
/// Moments of a latent's value c over all vectors, those where it is 0 too: mean E c, variance E c² − mean², and about zero the skew E c³ / max(var^1.5, 1e-8) and the kurtosis
/// E c⁴ / max(var², 1e-8). Cunningham et al. 2023, Table 2, sets them against interpretability.
/// </summary>
public readonly record struct LatentMoments(double Mean, double Variance, double Skew, double Kurtosis)
{
    private const double SmallestDivisor = 1e-8;

    /// <summary>Name and version of the definition of the means over latents.</summary>
    public const string MeanDefinition = "moment_mean/1: mean over fired latents of E c, over all vectors";

    /// <inheritdoc cref="MeanDefinition"/>
    public const string VarianceDefinition = "moment_variance/1: mean over fired latents of E c^2 - (E c)^2";

    /// <inheritdoc cref="MeanDefinition"/>
    public const string SkewDefinition = "moment_skew/1: mean over fired latents of E c^3 / max(var^1.5, 1e-8), about zero";

    /// <inheritdoc cref="MeanDefinition"/>
    public const string KurtosisDefinition = "moment_kurtosis/1: mean over fired latents of E c^4 / max(var^2, 1e-8), about zero";

    /// <summary>The moments of a latent.</summary>
    public static LatentMoments Of(LatentSums sums, int latent)
    {
        double vectors = (double)sums.Tokens * sums.VectorsPerToken;
        double mean = sums.Powers[0][latent] / vectors;
        double variance = Math.Max(0, sums.Powers[1][latent] / vectors - mean * mean);
        return new LatentMoments(
            mean, variance,
            sums.Powers[2][latent] / vectors / Math.Max(Math.Pow(variance, 1.5), SmallestDivisor),
            sums.Powers[3][latent] / vectors / Math.Max(variance * variance, SmallestDivisor));
    }
}

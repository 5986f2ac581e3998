namespace Mlsae.Metrics;

/// <summary>Mean over vectors of ‖x̂‖/‖x‖: SAEBench's l2_ratio. Below 1 the dictionary shrinks.</summary>
public static class NormRatio
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "l2_ratio/1: mean over vectors of |x_hat| / |x|, of |x_hat| where |x| < 1e-4 (SAEBench)";

    /// <summary>The mean.</summary>
    public static double Of(LayerSums sums) => sums.NormRatios / sums.Vectors;
}

namespace Mlsae.Metrics;

/// <summary>
/// The FVU of the published mlsae code (layerwise_fvu.py): mean squared error over the unbiased variance pooled over vectors and dimensions about one scalar
/// mean, so that differences between the dimensions' means count as variance. Taken over the whole evaluation set, not averaged over batches.
/// </summary>
public static class FvuMlsae
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "fvu_mlsae/1: mean (x - x_hat)^2 / unbiased variance of all numbers of x about their one scalar mean";

    /// <summary>The ratio; NaN where there is no variance.</summary>
    public static double Of(LayerSums sums)
    {
        double scalarMean = sums.Mean.Average();
        double numbers = (double)sums.Vectors * sums.Mean.Length;
        double betweenDimensions = sums.Vectors * sums.Mean.Sum(mean => (mean - scalarMean) * (mean - scalarMean));
        double variance = (sums.SquaredDeviation + betweenDimensions) / (numbers - 1);
        return sums.SquaredError / numbers / variance;
    }
}

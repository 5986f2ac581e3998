namespace Mlsae.Metrics;

/// <summary>
/// Explained variance: 1 − E‖x − x̂‖² / (E‖x‖² − ‖E x‖²), expectations over the whole evaluation set. SAELens takes it so since it corrected the variance; its bracket is our FVU's
/// denominator, so this is 1 − FVU.
/// </summary>
/// <remarks>
/// sparsify's FVU has the same numerator and denominator, but for each batch, and averages batches. SAEBench's snapshot of 2026-05 still takes the variance about the mean of squares, which is larger.
/// </remarks>
public static class ExplainedVariance
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "explained_variance/1: 1 - E|x - x_hat|^2 / (E|x|^2 - |E x|^2) over the whole evaluation set (SAELens, corrected)";

    /// <summary>1 for a perfect reconstruction, 0 for predicting the mean; NaN where there is no variance.</summary>
    public static double Of(LayerSums sums) => 1 - sums.SquaredError / sums.SquaredDeviation;
}

namespace Mlsae.Metrics;

/// <summary>dictionary_learning's fraction of variance explained: 1 − Σ_i var(x_i − x̂_i) / Σ_i var(x_i) over dimensions i. An error that is the same for all vectors costs nothing.</summary>
/// <remarks>dictionary_learning averages it over batches; here the variances are those of the whole evaluation set.</remarks>
public static class ExplainedVarianceCentred
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition =
        "frac_variance_explained/1: 1 - sum of the dimensions' variances of x - x_hat / sum of those of x, over the whole evaluation set (dictionary_learning)";

    /// <summary>1 for a reconstruction that is perfect but for a constant, 0 for any constant; NaN where there is no variance.</summary>
    public static double Of(LayerSums sums) => 1 - sums.ErrorDeviation / sums.SquaredDeviation;
}

namespace Mlsae.Metrics;

/// <summary>SAELens's and SAEBench's legacy explained variance: the mean over vectors of 1 − ‖x − x̂‖²/‖x − mean‖², the ratio of each vector for itself.</summary>
/// <remarks>They take the mean of a batch; here it is that of the whole evaluation set, measured beforehand, so that the number does not depend on batches.</remarks>
public static class ExplainedVarianceLegacy
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition =
        "explained_variance_legacy/1: mean over vectors of 1 - |x - x_hat|^2 / |x - mean|^2, per-dimension mean of the evaluation set (SAELens legacy takes that of a batch)";

    /// <summary>1 for a perfect reconstruction, 0 for predicting the mean.</summary>
    public static double Of(LayerSums sums) => 1 - sums.UnexplainedRatios / sums.Vectors;
}

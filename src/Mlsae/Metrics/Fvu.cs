namespace Mlsae.Metrics;

/// <summary>Fraction of variance unexplained: Σ‖x − x̂‖² / Σ‖x − mean‖², the mean for each dimension, both sums over the whole evaluation set.</summary>
public static class Fvu
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "fvu/1: sum |x - x_hat|^2 / sum |x - mean|^2, per-dimension mean, both sums over the whole evaluation set";

    /// <summary>0 for a perfect reconstruction, 1 for predicting the mean; NaN where there is no variance.</summary>
    public static double Of(LayerSums sums) => sums.SquaredError / sums.SquaredDeviation;
}

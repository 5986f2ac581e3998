namespace Mlsae.Metrics;

/// <summary>Mean over vectors and dimensions of (x − x̂)², in the activations' own units squared.</summary>
public static class MeanSquaredError
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "mse/1: mean over vectors and dimensions of (x - x_hat)^2";

    /// <summary>The mean.</summary>
    public static double Of(LayerSums sums) => sums.SquaredError / ((double)sums.Vectors * sums.Mean.Length);
}

namespace Mlsae.Metrics;

/// <summary>Relative reconstruction bias: E‖x̂‖² / E[x·x̂]. 1 where scaling x̂ would not help, below 1 where the dictionary shrinks. Rajamanoharan et al. 2024, equation 10.</summary>
public static class ReconstructionBias
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "relative_reconstruction_bias/1: mean |x_hat|^2 / mean x.x_hat over the whole evaluation set";

    /// <summary>The ratio; NaN for reconstructions of zero.</summary>
    public static double Of(LayerSums sums) => sums.SquaredReconstruction / sums.InnerProducts;
}

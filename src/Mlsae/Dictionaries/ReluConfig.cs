namespace Mlsae.Dictionaries;

/// <summary>ReLU and L1, untied: z = ReLU(W_e (x − b) + b_e), x̂ = W_d z + b, with decoder rows of norm 1 whose gradient loses its part along the row. Bricken et al. 2023.</summary>
public sealed record ReluConfig : SparsityConfig
{
    /// <inheritdoc/>
    public override string Kind => "relu";

    /// <summary>As published: raw vectors, mean squared error over components plus λ times the sum of the code, latents dead that never fired.</summary>
    /// <param name="modelDim">width of the vectors</param>
    /// <param name="sparsity">λ; the published largest dictionary has 0.004</param>
    public static ReluConfig TowardsMonosemanticity(int modelDim, double sparsity = 0.004) => new()
    {
        ModelDim = modelDim, Standardize = false, Loss = ReconstructionLoss.MeanSquaredError, Sparsity = sparsity, DeadThreshold = 0, Resampling = new ResamplingConfig(),
    };
}

namespace Mlsae.Dictionaries;

/// <summary>ReLU and L1, tied: z = ReLU(U x + b), x̂ = Uᵀz, where the rows of U are those of the parameters divided by their norm; no pre-bias. Cunningham et al. 2023.</summary>
public sealed record TiedReluConfig : SparsityConfig
{
    /// <summary>No pre-bias, as published.</summary>
    public TiedReluConfig() => (PreBias, Sparsity) = (PreBiasStart.None, 1e-2);

    /// <inheritdoc/>
    public override string Kind => "tied-relu";

    /// <summary>Rows of norm 1 give greater pre-activations than other kinds begin with.</summary>
    protected override double DefaultBias => -2;

    /// <summary>As published: raw vectors, mean squared error over components plus λ times the sum of the code, Adam at 1e-3.</summary>
    /// <param name="modelDim">width of the vectors</param>
    /// <param name="sparsity">λ, there α: 8.6e-4 on the residual stream, 3.2e-4 on MLPs</param>
    public static TiedReluConfig Cunningham(int modelDim, double sparsity = 8.6e-4) => new()
    {
        ModelDim = modelDim, Standardize = false, Loss = ReconstructionLoss.MeanSquaredError, Sparsity = sparsity,
        Adam = new AdamConfig { LearningRate = 1e-3, Epsilon = 1e-8 },
    };
}

namespace Mlsae.Dictionaries;

/// <summary>What the kinds share whose sparsity is a term of the loss.</summary>
public abstract record SparsityConfig : DictionaryConfig
{
    /// <summary>Weight of the sparsity term, λ. Its unit goes with <see cref="DictionaryConfig.Loss"/> and <see cref="DictionaryConfig.Standardize"/>.</summary>
    public double Sparsity { get; init; } = 2e-3;

    /// <summary>Steps over which λ rises linearly from 0; 0 for none.</summary>
    public long SparsityWarmUpSteps { get; init; }

    /// <summary>λ at a step.</summary>
    /// <param name="step">from 1</param>
    public double SparsityAt(long step) => SparsityWarmUpSteps == 0 ? Sparsity : Sparsity * Math.Min(1, step / (double)SparsityWarmUpSteps);

    /// <inheritdoc/>
    protected override void CheckKind()
    {
        Numerics.Require.That(Sparsity >= 0 && double.IsFinite(Sparsity), NotNegative("sparsity", Sparsity));
        Numerics.Require.That(SparsityWarmUpSteps >= 0, $"sparsity_warm_up_steps is {SparsityWarmUpSteps}; it must not be negative.");
    }
}

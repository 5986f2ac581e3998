namespace Mlsae.Dictionaries;

/// <summary>What the kinds share whose sparsity is a term of the loss.</summary>
public abstract record SparsityConfig : DictionaryConfig
{
    /// <summary>
    /// Weight of the sparsity term, λ. Its unit goes with <see cref="DictionaryConfig.Loss"/> and <see cref="DictionaryConfig.Standardize"/>; each kind's first value leaves about 30
    /// active latents on standardised vectors with the loss <see cref="ReconstructionLoss.Fvu"/>, in the Microworld's models.
    /// </summary>
    public double Sparsity { get; init; } = 1.2e-2;

    /// <summary>Steps over which λ rises linearly from 0; 0 for none.</summary>
    public long SparsityWarmUpSteps { get; init; }

    /// <summary>
    /// The bias of pre-activations at first, in their own units: below zero, so that codes begin sparse. From 0 half of all latents would be active at first, and it takes thousands
    /// of steps, each several times slower, until they are few. At first what suits the kind where vectors are standardised, otherwise 0.
    /// </summary>
    public double InitialBias
    {
        get => !double.IsNaN(field) ? field : Standardize ? DefaultBias : 0;
        init;
    } = double.NaN;

    /// <summary>The initial bias where none was given and vectors are standardised.</summary>
    protected virtual double DefaultBias => -1.5;

    /// <summary>λ at a step.</summary>
    /// <param name="step">from 1</param>
    public double SparsityAt(long step) => SparsityWarmUpSteps == 0 ? Sparsity : Sparsity * Math.Min(1, step / (double)SparsityWarmUpSteps);

    /// <inheritdoc/>
    protected override void CheckKind()
    {
        Numerics.Require.That(Sparsity >= 0 && double.IsFinite(Sparsity), NotNegative("sparsity", Sparsity));
        Numerics.Require.That(double.IsFinite(InitialBias), $"initial_bias is {InitialBias}; it must be a number.");
        Numerics.Require.That(SparsityWarmUpSteps >= 0, $"sparsity_warm_up_steps is {SparsityWarmUpSteps}; it must not be negative.");
    }
}

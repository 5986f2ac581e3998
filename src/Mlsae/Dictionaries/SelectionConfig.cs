using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>What the kinds that keep a given number of latents share: k, its course, and AuxK for dead latents (Gao et al. 2024, section A.2).</summary>
public abstract record SelectionConfig : DictionaryConfig
{
    /// <summary>Latents kept for each vector, at the end of training and after it: the largest possible L0, or its mean.</summary>
    public int K { get; init; } = 32;

    /// <summary>Latents kept at the first step where k is annealed; null for k throughout.</summary>
    public int? InitialK { get; init; }

    /// <summary>Steps over which k falls linearly from <see cref="InitialK"/>.</summary>
    public long AnnealKSteps { get; init; }

    /// <summary>Dead latents that reconstruct the error of each vector, k_aux; 0 for no AuxK. At first half of a layer's width, as Gao et al. 2024 advise.</summary>
    public int AuxK
    {
        get => field != int.MinValue ? field : Math.Min(Math.Max(1, ModelDim / Parts / 2), LatentCount);
        init;
    } = int.MinValue;

    /// <summary>Weight of AuxK's loss.</summary>
    public double AuxKCoefficient { get; init; } = 1.0 / 32;

    /// <summary>Whether pre-activations have a bias of their own, as in sparsify and dictionary_learning.</summary>
    public bool EncoderBias { get; init; }

    /// <summary>k at a step: from <see cref="InitialK"/> linearly, rounded, to <see cref="K"/>.</summary>
    /// <param name="step">from 1</param>
    public int KAt(long step) => InitialK is not { } initial || step > AnnealKSteps
        ? K
        : (int)Math.Round(initial + (K - initial) * ((step - 1) / (double)AnnealKSteps), MidpointRounding.AwayFromZero);

    /// <summary>The most latents that are kept at any step.</summary>
    internal int LargestK => Math.Max(K, AnnealKSteps > 0 ? InitialK ?? K : K);

    /// <inheritdoc/>
    protected override void CheckKind()
    {
        Require.That(K > 0, $"k is {K}; it must be at least 1.");
        Require.That(K <= LatentCount, $"k is {K} but the dictionary has only {LatentCount} latents; k must not exceed their number.");
        Require.That(
            InitialK is null || (InitialK >= K && InitialK <= LatentCount), $"initial_k is {InitialK}; it must lie between k, {K}, and the number of latents, {LatentCount}.");
        Require.That(AnnealKSteps >= 0, $"anneal_k_steps is {AnnealKSteps}; it must not be negative.");
        Require.That((InitialK is null) == (AnnealKSteps == 0), "initial_k and anneal_k_steps are given together or not at all.");
        Require.That(AuxK >= 0 && AuxK <= LatentCount, $"aux_k is {AuxK}; it must lie between 0 and the number of latents, {LatentCount}.");
        Require.That(Parts == 1 || Compatibility == Compatibility.Corrected, "The published quirks are of vectors of one layer: with parts above 1 compatibility must be corrected.");
        Require.That(
            !Compatibility.AuxKOverInputVariance || !(Standardize || Compatibility.AuxKGradientThroughError),
            "aux_k_over_input_variance is of raw vectors and of an error without gradient: standardize and aux_k_gradient_through_error must be false.");
        Require.That(AuxKCoefficient >= 0 && double.IsFinite(AuxKCoefficient), NotNegative("aux_k_coefficient", AuxKCoefficient));
    }
}

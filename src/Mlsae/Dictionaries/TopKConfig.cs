using System.Globalization;
using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>Where the pre-bias starts: which centre of the first batch's vectors.</summary>
public enum PreBiasStart
{
    /// <summary>Their geometric median.</summary>
    GeometricMedian,

    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>Zero.</summary>
    Zero,
}

/// <summary>Everything that defines a TopK dictionary and its losses before training.</summary>
/// <remarks>Give either <see cref="ExpansionFactor"/> or <see cref="LatentCount"/>; with neither the factor is 16.</remarks>
public sealed partial record TopKConfig
{
    /// <summary>Width of the vectors, d_model.</summary>
    public required int ModelDim { get; init; }

    /// <summary>Dictionary size as a multiple of <see cref="ModelDim"/>, R; null where <see cref="LatentCount"/> was given.</summary>
    public int? ExpansionFactor { get; init; }

    /// <summary>Dictionary size, n_latents.</summary>
    public int LatentCount
    {
        get => field != 0 ? field : (int)Math.Min(int.MaxValue, (long)ModelDim * (ExpansionFactor ?? 16));
        init;
    }

    /// <summary>Latents kept for each vector: the largest possible L0.</summary>
    public int K { get; init; } = 32;

    /// <summary>Dead latents that reconstruct the error of each vector, k_aux; 0 for no AuxK. At first half of <see cref="ModelDim"/>, as Gao et al. 2024 advise.</summary>
    public int AuxK
    {
        get => field != int.MinValue ? field : Math.Min(Math.Max(1, ModelDim / 2), LatentCount);
        init;
    } = int.MinValue;

    /// <summary>Weight of AuxK's loss.</summary>
    public double AuxKCoefficient { get; init; } = 1.0 / 32;

    /// <summary>Tokens without being active after which a latent is dead.</summary>
    public long DeadAfterTokens { get; init; } = 10_000_000;

    /// <summary>Steps after which a latent is dead, where <see cref="Compatibility.DeadCountedInSteps"/>.</summary>
    public long DeadAfterSteps { get; init; } = 76;

    /// <summary>A latent is active where its value after the ReLU exceeds this.</summary>
    public double DeadThreshold { get; init; } = 1e-3;

    /// <summary>Whether each vector is brought to mean 0 and standard deviation 1 over its components before encoding, and back after decoding.</summary>
    public bool Standardize { get; init; } = true;

    /// <summary>Where the pre-bias starts.</summary>
    public PreBiasStart PreBias { get; init; } = PreBiasStart.GeometricMedian;

    /// <summary>Adam and the learning rate.</summary>
    public AdamConfig Adam { get; init; } = new();

    /// <summary>Quirks of the published code to reproduce; none by default.</summary>
    public Compatibility Compatibility { get; init; } = Compatibility.Corrected;

    /// <summary>Seed of the initial weights.</summary>
    public ulong Seed { get; init; }

    /// <summary>This record, or an exception with one sentence about the first value that cannot be.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public TopKConfig Validated()
    {
        int smallest = Standardize ? 2 : 1;
        Require.That(ModelDim >= smallest, $"The width of the vectors (model_dim) is {ModelDim}; it must be at least {smallest}.");
        Require.That(ExpansionFactor is null or > 0, $"The expansion factor is {ExpansionFactor}; it must be at least 1.");
        Require.That(LatentCount > 0, $"The number of latents is {LatentCount}; it must be at least 1.");
        Require.That(
            ExpansionFactor is null || LatentCount == (long)ModelDim * ExpansionFactor,
            $"latent_count is {LatentCount} but expansion_factor {ExpansionFactor} times model_dim {ModelDim} is another number; give one of the two.");
        Require.That((long)LatentCount * ModelDim <= Array.MaxLength, $"{LatentCount} latents of width {ModelDim} exceed the largest array; take fewer latents.");
        Require.That(K > 0, $"k is {K}; it must be at least 1.");
        Require.That(K <= LatentCount, $"k is {K} but the dictionary has only {LatentCount} latents; k must not exceed their number.");
        Require.That(AuxK >= 0 && AuxK <= LatentCount, $"aux_k is {AuxK}; it must lie between 0 and the number of latents, {LatentCount}.");
        Require.That(AuxKCoefficient >= 0 && double.IsFinite(AuxKCoefficient), Sentence("aux_k_coefficient", AuxKCoefficient));
        Require.That(DeadThreshold >= 0 && double.IsFinite(DeadThreshold), Sentence("dead_threshold", DeadThreshold));
        Require.That(DeadAfterTokens > 0, $"dead_after_tokens is {DeadAfterTokens}; it must be at least 1.");
        Require.That(DeadAfterSteps > 0, $"dead_after_steps is {DeadAfterSteps}; it must be at least 1.");
        Adam.Validated();
        return this;
    }

    private static string Sentence(string name, double value) => string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it must not be negative.");
}

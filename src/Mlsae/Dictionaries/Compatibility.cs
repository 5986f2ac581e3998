namespace Mlsae.Dictionaries;

/// <summary>
/// Which quirks of the published multi-layer SAE code (Lawson et al. 2024, its repository) training reproduces. Each is one switch; none is on by default.
/// </summary>
public sealed record Compatibility
{
    /// <summary>No quirks: what the definitions mean.</summary>
    public static Compatibility Corrected { get; } = new();

    /// <summary>All quirks: training equals the published code step by step.</summary>
    public static Compatibility Published { get; } = new()
    {
        PreBiasFromRawInputs = true,
        DeadCountedInSteps = true,
        AgesBeforeAuxK = true,
        PooledVariance = true,
        AuxKInRawUnits = true,
        AuxKAddsPreBias = true,
        AuxKGradientThroughError = true,
        AuxKCentersVectors = true,
        AuxKWithoutDeadLatents = true,
        NormalizesBeforeAdam = true,
    };

    /// <summary>The pre-bias starts at the median of the raw vectors, although it is subtracted from standardised ones.</summary>
    public bool PreBiasFromRawInputs { get; init; }

    /// <summary>A latent's age counts steps and its limit is <see cref="DictionaryConfig.DeadAfterSteps"/>; otherwise tokens and <see cref="DictionaryConfig.DeadAfterTokens"/>.</summary>
    public bool DeadCountedInSteps { get; init; }

    /// <summary>A batch ages the latents before AuxK chooses among the dead; otherwise AuxK goes by the ages before the batch, which saves a second encoder pass.</summary>
    public bool AgesBeforeAuxK { get; init; }

    /// <summary>The loss divides by the variance pooled over tokens and components, divisor N − 1; otherwise by that about each component's mean.</summary>
    public bool PooledVariance { get; init; }

    /// <summary>AuxK's target is the error in the transformer's units, although its reconstruction is in standardised ones.</summary>
    public bool AuxKInRawUnits { get; init; }

    /// <summary>The pre-bias is added to AuxK's reconstruction of the error too.</summary>
    public bool AuxKAddsPreBias { get; init; }

    /// <summary>The gradient of AuxK's loss flows through its target into the main reconstruction.</summary>
    public bool AuxKGradientThroughError { get; init; }

    /// <summary>AuxK's loss divides by the errors' deviations from each vector's own mean; otherwise from each component's mean over the batch.</summary>
    public bool AuxKCentersVectors { get; init; }

    /// <summary>AuxK's loss counts, and pulls on the pre-bias, even while no latent is dead.</summary>
    public bool AuxKWithoutDeadLatents { get; init; }

    /// <summary>Decoder rows are normalised before Adam's step and not after it, so that saved rows are of norm 1 only nearly.</summary>
    public bool NormalizesBeforeAdam { get; init; }
}

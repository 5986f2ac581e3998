namespace Mlsae.Dictionaries;

/// <summary>
/// Which quirks of published code training reproduces: of the multi-layer SAE's (Lawson et al. 2024, its repository) and of two libraries. Each is one switch; none is on by default.
/// </summary>
public sealed record Compatibility
{
    /// <summary>No quirks: what the definitions mean.</summary>
    public static Compatibility Corrected { get; } = new();

    /// <summary>All quirks of the multi-layer SAE's code: training equals it step by step.</summary>
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

    /// <summary>
    /// As dictionary_learning's TopKTrainer (saprmarks/dictionary_learning at 60ec6bf), with these settings: raw vectors, an encoder bias, the squared norm as loss, ClipNorm 1, Adam's ε 1e-8,
    /// and a DeadThreshold of 0.
    /// </summary>
    public static Compatibility DictionaryLearning { get; } = new() { AgesBeforeAuxK = true };

    /// <summary>
    /// As sparsify's trainer with Adam (EleutherAI/sparsify at 9d3b136), with these settings: raw vectors, an encoder bias, FVU as loss, a pre-bias that starts at the mean, Adam's ε 1e-8, a DeadThreshold of 0,
    /// and DeadAfterTokens one more than its dead_feature_threshold, as there a latent is dead when older.
    /// </summary>
    public static Compatibility Sparsify { get; } = new()
    {
        NormalizesBeforeStep = true,
        AuxKAddsPreBias = true,
        AuxKOverInputVariance = true,
        AuxKScaledByDeadShare = true,
        AuxKTrainsDecoderOnly = true,
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

    /// <summary>Decoder rows are normalised when a step begins and not at its end, so that saved rows are of norm 1 only nearly.</summary>
    public bool NormalizesBeforeStep { get; init; }

    /// <summary>AuxK's loss divides by the vectors' deviations from their layer's mean; otherwise by those of the errors. Of raw vectors only.</summary>
    public bool AuxKOverInputVariance { get; init; }

    /// <summary>AuxK's loss is multiplied with the number of dead latents over k_aux while that is below 1.</summary>
    public bool AuxKScaledByDeadShare { get; init; }

    /// <summary>AuxK's gradient stops at the dead latents' values: it trains decoder and pre-bias, but not the encoder, which alone could make them fire.</summary>
    public bool AuxKTrainsDecoderOnly { get; init; }
}

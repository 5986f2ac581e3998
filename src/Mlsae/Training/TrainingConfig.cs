using Mlsae.Numerics;

namespace Mlsae.Training;

/// <summary>The steps of a training, and what is written on the way.</summary>
public sealed record TrainingConfig
{
    /// <summary>Tokens of each step; each token has a vector for every layer.</summary>
    public int BatchTokens { get; init; } = 1024;

    /// <summary>Steps between two lines of metrics.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Steps between two checkpoints; 0 for none but at cancellation.</summary>
    public int CheckpointEvery { get; init; } = 500;

    /// <summary>How many checkpoints are kept, the newest.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>This record, or an exception with one sentence about the first value that cannot be.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public TrainingConfig Validated()
    {
        Require.That(BatchTokens >= 2, $"batch_tokens is {BatchTokens}; it must be at least 2, as the loss divides by a variance over the batch.");
        Require.That(LogEvery > 0, $"log_every is {LogEvery}; it must be at least 1.");
        Require.That(CheckpointEvery >= 0, $"checkpoint_every is {CheckpointEvery}; it must not be negative.");
        Require.That(KeepCheckpoints > 0, $"keep_checkpoints is {KeepCheckpoints}; it must be at least 1.");
        return this;
    }
}

using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>BatchTopK: of a batch of N vectors the N·k largest pre-activations are kept, so that a vector may use more latents than another. Bussmann, Leask and Nanda 2024.</summary>
public record BatchTopKConfig : SelectionConfig
{
    /// <inheritdoc/>
    public override string Kind => "batchtopk";

    /// <summary>Decay of the running mean, over steps, of the smallest value kept: after training a latent is active where its pre-activation exceeds it, whatever the batch.</summary>
    public double ThresholdDecay { get; init; } = 0.99;

    /// <inheritdoc/>
    protected override void CheckKind()
    {
        base.CheckKind();
        Require.That(ThresholdDecay is >= 0 and < 1, $"threshold_decay is {ThresholdDecay}; it must lie in [0, 1).");
    }
}

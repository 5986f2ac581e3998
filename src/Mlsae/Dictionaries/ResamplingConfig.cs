using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>When latents that are never active are given a new start, and which: Bricken et al. 2023, "Neuron resampling". The defaults are the published numbers.</summary>
public sealed record ResamplingConfig
{
    /// <summary>After which steps dead latents are resampled.</summary>
    public IReadOnlyList<long> AtSteps { get; init; } = [25_000, 50_000, 75_000, 100_000];

    /// <summary>A latent is dead that was not active in that many steps before.</summary>
    public long DeadOverSteps { get; init; } = 12_500;

    /// <summary>Vectors on which the loss is measured; one is drawn for each dead latent, with probability proportional to its loss squared.</summary>
    public int Inputs { get; init; } = 819_200;

    /// <summary>Norm of a new encoder row, as a share of the mean norm of the encoder rows of living latents.</summary>
    public double EncoderScale { get; init; } = 0.2;

    /// <summary>This record, or an exception with one sentence about the first value that cannot be.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public ResamplingConfig Validated()
    {
        Require.That(AtSteps.Count > 0 && AtSteps.All(step => step > 0), "resampling.at_steps must name at least one step, each at least 1.");
        Require.That(DeadOverSteps > 0, $"resampling.dead_over_steps is {DeadOverSteps}; it must be at least 1.");
        Require.That(Inputs > 0, $"resampling.inputs is {Inputs}; it must be at least 1.");
        Require.That(EncoderScale > 0 && double.IsFinite(EncoderScale), $"resampling.encoder_scale is {EncoderScale}; it must be a positive number.");
        return this;
    }
}

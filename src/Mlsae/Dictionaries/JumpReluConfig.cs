using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>
/// JumpReLU: z = a where a = W_e (x − b) + b_e exceeds the latent's own threshold θ, otherwise 0; the loss adds λ·L0. θ is trained by straight-through estimates with a
/// rectangle of width <see cref="Bandwidth"/>. Rajamanoharan et al. 2024b.
/// </summary>
public sealed record JumpReluConfig : SparsityConfig
{
    /// <inheritdoc/>
    public override string Kind => "jumprelu";

    /// <summary>Width ε of the rectangle around θ in which pre-activations give θ a gradient.</summary>
    public double Bandwidth { get; init; } = 0.1;

    /// <summary>θ of every latent at first.</summary>
    public double InitialThreshold { get; init; } = 0.1;

    /// <inheritdoc/>
    protected override void CheckKind()
    {
        base.CheckKind();
        Require.That(Bandwidth > 0 && double.IsFinite(Bandwidth), $"bandwidth is {Bandwidth}; it must be a positive number.");
        Require.That(InitialThreshold > 0 && double.IsFinite(InitialThreshold), $"initial_threshold is {InitialThreshold}; it must be a positive number.");
    }
}

using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>
/// JumpReLU: z = a where a = W_e (x − b) + b_e exceeds the latent's own threshold θ, otherwise 0; the loss adds λ·L0. θ is trained by straight-through estimates with a
/// rectangle of width <see cref="Bandwidth"/>. Rajamanoharan et al. 2024b.
/// </summary>
public sealed record JumpReluConfig : SparsityConfig
{
    /// <summary>λ is the price of an active latent, whatever its value.</summary>
    public JumpReluConfig() => Sparsity = 5e-3;

    /// <inheritdoc/>
    public override string Kind => "jumprelu";

    /// <summary>Width ε of the rectangle around θ in which pre-activations give θ a gradient, in their own units.</summary>
    public double Bandwidth { get; init; } = 0.2;

    /// <summary>θ of every latent at first, in units of pre-activations: high enough for codes of standardised vectors to begin sparse.</summary>
    public double InitialThreshold { get; init; } = 0.8;

    /// <summary>The threshold does what the bias does for other kinds.</summary>
    protected override double DefaultBias => 0;

    /// <inheritdoc/>
    protected override void CheckKind()
    {
        base.CheckKind();
        Require.That(Bandwidth > 0 && double.IsFinite(Bandwidth), $"bandwidth is {Bandwidth}; it must be a positive number.");
        Require.That(InitialThreshold > 0 && double.IsFinite(InitialThreshold), $"initial_threshold is {InitialThreshold}; it must be a positive number.");
    }
}

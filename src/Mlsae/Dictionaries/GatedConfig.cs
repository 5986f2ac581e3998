namespace Mlsae.Dictionaries;

/// <summary>
/// Gated: one affine map decides which latents are active, another, which shares its directions, how much; the L1 term is on the first alone, and an auxiliary
/// reconstruction through a frozen decoder trains it. Rajamanoharan et al. 2024a.
/// </summary>
public sealed record GatedConfig : SparsityConfig
{
    /// <summary>λ weighs against two errors, so it is about twice that of <see cref="ReluConfig"/>.</summary>
    public GatedConfig() => Sparsity = 2e-2;

    /// <inheritdoc/>
    public override string Kind => "gated";
}

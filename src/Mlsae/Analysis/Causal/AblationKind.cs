namespace Mlsae.Analysis.Causal;

/// <summary>How a latent is taken away from a layer's vectors. All kinds move x along the latent's own direction f alone, at every token at once.</summary>
public enum AblationKind
{
    /// <summary>
    /// Less than rank one (Cunningham et al. 2023, section 5): where the latent is active, x − δf with the smallest |δ| that leaves its pre-activation at exactly 0. What x has along f below that point
    /// stays. For a TopK latent it is the pre-activation that counts, not whether others are larger.
    /// </summary>
    LessThanRankOne,

    /// <summary>
    /// The same to where a latent with a threshold (JumpReLU, Gated, BatchTopK, Matryoshka) just stops firing: its pre-activation is left at the threshold, less a 1e-4 part of it, so that no rounding
    /// can leave it firing. Of ReLU and TopK the same as <see cref="LessThanRankOne"/>.
    /// </summary>
    Threshold,

    /// <summary>Zero ablation (Bricken et al. 2023): x − s(x) z f where the latent is active, with s(x) the vector's standard deviation where the dictionary standardises: the latent's part of the reconstruction is taken off.</summary>
    Zero,

    /// <summary>
    /// Mean ablation: x − (s(x) z − m) f at every token that is not special, whether the latent is active there or not, with m the mean of s(x) z over all tokens of the text that are not special, at
    /// this layer: what the latent says of this token rather than another is taken off.
    /// </summary>
    Mean,
}

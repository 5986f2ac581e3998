using Mlsae.Metrics;

namespace Mlsae.Analysis.Causal;

/// <summary>A latent that was chosen to be looked at, and why.</summary>
/// <param name="Latent">its index</param>
/// <param name="Layer">the layer where it tells the fact best, or where it is strongest</param>
/// <param name="Told">the fact it was chosen for, or that it tells best, with its F1; null where no facts are known</param>
public sealed record ChosenLatent(int Latent, int Layer, ConceptScore? Told);

/// <summary>What a latent does to one token's prediction.</summary>
/// <param name="Token">the token's id</param>
/// <param name="Text">the token as it is shown</param>
/// <param name="Effect">log-probability with the latent less that without it, in nats; mean over the tokens that were looked at, interval over contexts. Of direct weights the weight, without an interval.</param>
/// <param name="Probability">the untouched model's probability of it, mean over the same tokens</param>
public sealed record TokenEffect(int Token, string Text, Estimate Effect, double Probability);

/// <summary>What one way of taking a latent away does to the predictions at tokens where it is active.</summary>
/// <param name="Kind">which way</param>
/// <param name="Edited">vectors that were changed, over all tokens of the contexts</param>
/// <param name="Unsolved">vectors at which the latent is active but no step stops it; they were left as they are</param>
/// <param name="Kl">KL(untouched ‖ ablated), nats a token; interval over contexts</param>
/// <param name="DeltaCrossEntropy">rise of the next token's cross-entropy, nats; interval over contexts</param>
/// <param name="DirectRankCorrelation">Spearman's correlation, over tokens, of the effects with the direct logit weights; interval over contexts. NaN where either is constant.</param>
/// <param name="Promoted">the tokens that the latent makes more likely, the most first</param>
/// <param name="Suppressed">the tokens that it makes less likely, the most first</param>
public sealed record AblationEffects(
    AblationKind Kind, int Edited, int Unsolved, Estimate Kl, Estimate DeltaCrossEntropy, Estimate DirectRankCorrelation, IReadOnlyList<TokenEffect> Promoted,
    IReadOnlyList<TokenEffect> Suppressed);

/// <summary>What a latent does to the output at one of its layers.</summary>
/// <param name="Layer">which layer</param>
/// <param name="ActiveTokens">tokens of the text at which it is active there</param>
/// <param name="Largest">its largest value there</param>
/// <param name="Contexts">contexts that were drawn</param>
/// <param name="Tokens">tokens in them, drawn among those at which it is active</param>
/// <param name="MeanValue">its mean value at these</param>
/// <param name="DirectPromoted">the tokens of the largest direct logit weights</param>
/// <param name="DirectSuppressed">the tokens of the smallest</param>
/// <param name="Ablations">each way of taking it away</param>
public sealed record LayerLogitEffects(
    int Layer, long ActiveTokens, float Largest, int Contexts, int Tokens, double MeanValue, IReadOnlyList<TokenEffect> DirectPromoted, IReadOnlyList<TokenEffect> DirectSuppressed,
    IReadOnlyList<AblationEffects> Ablations);

/// <summary>What a latent does to the output at every layer where it lives.</summary>
/// <param name="Latent">which latent</param>
/// <param name="Layers">its layers, ascending</param>
public sealed record LatentLogitEffects(ChosenLatent Latent, IReadOnlyList<LayerLogitEffects> Layers);

/// <summary>How much is looked at.</summary>
public sealed record LogitEffectConfig
{
    /// <summary>Contexts drawn for each latent and layer, among those where it is active.</summary>
    public int Contexts { get; init; } = 24;

    /// <summary>Tokens drawn in each, among those where it is active.</summary>
    public int TokensPerContext { get; init; } = 16;

    /// <summary>Tokens shown at each end.</summary>
    public int Shown { get; init; } = 10;

    /// <summary>Rarer tokens of the vocabulary are left out of rankings and rank correlations: what a model says of tokens it has hardly seen means little.</summary>
    public int FewestOccurrences { get; init; } = 5;

    /// <summary>Of the draws and the bootstrap.</summary>
    public ulong Seed { get; init; }
}

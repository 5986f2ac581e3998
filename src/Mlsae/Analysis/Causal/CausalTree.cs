using Mlsae.Metrics;

namespace Mlsae.Analysis.Causal;

/// <summary>How a causal tree is grown.</summary>
public sealed record CausalTreeConfig
{
    /// <summary>Contexts drawn for each latent, at one of its tokens each, where its value is at least half of its largest.</summary>
    public int Contexts { get; init; } = 20;

    /// <summary>Latents of the layer before that are taken away one by one: those whose attribution is largest in size.</summary>
    public int Tried { get; init; } = 24;

    /// <summary>Causes that are kept for each latent.</summary>
    public int Causes { get; init; } = 3;

    /// <summary>A cause is kept where the latent falls by at least this share without it.</summary>
    public double SmallestShare { get; init; } = 0.05;

    /// <summary>Latents of each layer that are followed up: those whose shares along the way to the target multiply to most.</summary>
    public int NodesPerLayer { get; init; } = 4;

    /// <summary>Contexts, of those drawn for the target, in which every candidate is taken away, to see what choosing by attribution loses.</summary>
    public int CheckedContexts { get; init; } = 5;

    /// <summary>Of the draws and the bootstrap.</summary>
    public ulong Seed { get; init; }
}

/// <summary>A latent at a layer in a causal tree. A latent at two layers is two nodes.</summary>
/// <param name="Layer">the layer</param>
/// <param name="Latent">the latent</param>
/// <param name="Told">the fact that it tells best there; null where no facts are known, or none fits</param>
/// <param name="Largest">its largest value at that layer in the text</param>
/// <param name="Examples">the strongest places among those that were drawn</param>
/// <param name="Causes">what the layer before does to it; null where it was not followed up, as at the first layer</param>
public sealed record CausalNode(int Layer, int Latent, ConceptScore? Told, float Largest, IReadOnlyList<LatentExample> Examples, NodeCauses? Causes);

/// <summary>What taking latents of the layer before away does to a node.</summary>
/// <param name="Contexts">contexts in which it was looked at, one token each</param>
/// <param name="MeanValue">its mean value there, untouched</param>
/// <param name="Candidates">latents of the layer before that are active there at its token or earlier</param>
/// <param name="Tried">those of them that were taken away, chosen by attribution</param>
/// <param name="Unsolved">(token, latent) pairs that no step stops; they were left as they are</param>
/// <param name="RankCorrelation">Spearman's correlation of attribution with the exact fall of the pre-activation over those that were tried; NaN where fewer than two were</param>
/// <param name="ByKept">the share by which it falls when all kept causes are taken away together; interval over contexts</param>
/// <param name="ByTried">the same of all that were tried</param>
public sealed record NodeCauses(int Contexts, double MeanValue, int Candidates, int Tried, int Unsolved, double RankCorrelation, Estimate ByKept, Estimate ByTried);

/// <summary>A latent that falls when a latent of the layer before is taken away.</summary>
/// <param name="Layer">the cause's layer; the effect is at the next</param>
/// <param name="Cause">the latent that is taken away</param>
/// <param name="Effect">the latent that falls</param>
/// <param name="Share">mean fall of the effect's value as a share of its mean value; interval over contexts</param>
/// <param name="Attribution">the fall of the pre-activation to first order, as a share of the mean value</param>
/// <param name="ActiveContexts">contexts in which the cause is active at the effect's token or earlier</param>
/// <param name="IsSelf">whether both are one latent of one dictionary: the effect's own earlier self</param>
public sealed record CausalEdge(int Layer, int Cause, int Effect, Estimate Share, double Attribution, int ActiveContexts, bool IsSelf);

/// <summary>A latent of the layer before, and what was foretold and found of taking it away.</summary>
/// <param name="Latent">which one</param>
/// <param name="Attribution">the mean fall of the target's pre-activation to first order</param>
/// <param name="PreActivationFall">the exact one</param>
/// <param name="Fall">the mean fall of its value</param>
public sealed record CandidateFall(int Latent, double Attribution, double PreActivationFall, double Fall);

/// <summary>Every latent of the layer before a target that is active in some of its contexts, taken away exactly there: what choosing by attribution loses.</summary>
/// <param name="Contexts">the contexts, the first of those drawn</param>
/// <param name="RankCorrelation">Spearman's correlation of attribution with the exact fall of the pre-activation, over all of them; interval over latents</param>
/// <param name="LargestTried">of the latents with the ten largest falls, how many were among those tried, which attribution chose over all contexts</param>
/// <param name="Candidates">all of them, the largest fall first</param>
public sealed record AttributionCheck(int Contexts, Estimate RankCorrelation, int LargestTried, IReadOnlyList<CandidateFall> Candidates);

/// <summary>
/// What makes a latent fire, layer by layer (Cunningham et al. 2023, section 5): contexts in which its value lies in [M/2, M], M its largest in the text; every candidate of the layer before is taken
/// away, less than rank one, at every token; those without which the latent falls most are its causes, of each of which the same is asked in contexts of its own.
/// </summary>
/// <param name="Target">the latent whose causes are looked for</param>
/// <param name="Nodes">the target first, then layer by layer downwards</param>
/// <param name="Edges">from causes to effects</param>
/// <param name="Check">of the target, every candidate taken away</param>
public sealed record CausalTree(ChosenLatent Target, IReadOnlyList<CausalNode> Nodes, IReadOnlyList<CausalEdge> Edges, AttributionCheck Check)
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition =
        "causal_tree/1: share = mean over contexts of the fall of the effect's value at one token, over its mean value, when the cause is taken away, less than rank one, at every token of the layer before";
}

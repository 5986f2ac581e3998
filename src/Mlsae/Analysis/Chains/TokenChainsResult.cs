using Mlsae.Analysis.Units;
using Mlsae.Metrics;

namespace Mlsae.Analysis.Chains;

/// <summary>A latent of the graph.</summary>
/// <param name="Latent">which one</param>
/// <param name="Label">on which tokens it is active, and which concept it tells</param>
/// <param name="Promoted">the tokens whose logits it raises most, the first first</param>
public sealed record ChainLatent(int Latent, LatentLabel Label, IReadOnlyList<string> Promoted);

/// <summary>An edge, and whether it is walked in text.</summary>
/// <param name="From">whose promoted tokens</param>
/// <param name="To">which fires on them; perhaps the same</param>
/// <param name="Weight">mean share of the promoted tokens' occurrences at which To fires, on the text for edges</param>
/// <param name="Follows">on other text, share of the tokens where From fires whose next token has To, with its Wilson interval; NaN where From never fires there</param>
/// <param name="Anywhere">on that text, share of all tokens at which To fires</param>
public sealed record ChainLink(int From, int To, double Weight, Estimate Follows, double Anywhere)
{
    /// <summary>Whether To is likelier where From fired before than anywhere, beyond the interval.</summary>
    public bool IsWalked => Follows.Low > Anywhere;
}

/// <summary>How much likelier the second latent of pairs fires at the next token where the first fires than anywhere, on other text than edges were found on. Medians with 95 % bootstrap intervals over first latents.</summary>
/// <param name="Edges">edges between different latents</param>
/// <param name="OtherEnds">the same first latents, each with the end of another edge</param>
/// <param name="SelfLoops">latents with an edge to themselves, after themselves</param>
/// <param name="OtherLatents">latents without, after themselves</param>
public sealed record ChainLifts(Estimate Edges, Estimate OtherEnds, Estimate SelfLoops, Estimate OtherLatents);

/// <summary>The edges of latents that tell one concept.</summary>
/// <param name="Concept">the concept</param>
/// <param name="Latents">latents that tell it, with F1 of at least <see cref="ConceptChains.ToldFrom"/></param>
/// <param name="SelfLoops">of them, those with an edge to themselves</param>
/// <param name="From">edges from them to other latents</param>
/// <param name="To">edges from other latents to them</param>
/// <param name="Within">edges that are both</param>
/// <param name="WithinByChance">how many would be both, were the ends of all edges exchanged at random</param>
public sealed record ConceptChain(string Concept, int Latents, int SelfLoops, int From, int To, int Within, double WithinByChance);

/// <summary>How latents follow each other: which promote the tokens on which others fire. Bricken et al. 2023, finite-state automata.</summary>
public sealed record TokenChainsResult
{
    /// <summary>Name and version of the definitions.</summary>
    public string Definition { get; init; } =
        "token_chains/1: edge from i to j where, over the 5 tokens that i's direct logit weights raise most among those that occur at least 10 times, the mean share of occurrences at which j fires is at least 0.5, and j fires on at most "
        + "a tenth of all tokens; lifts on the other contexts";

    /// <summary>Where the latents are read, as the hook point is called.</summary>
    public required string Place { get; init; }

    /// <summary>Whether the direct path to the logits is the only one from there.</summary>
    public required bool IsOnlyPath { get; init; }

    /// <summary>Tokens that edges were found on.</summary>
    public required long Tokens { get; init; }

    /// <summary>Tokens with a next one that edges were followed on.</summary>
    public required long FollowedTokens { get; init; }

    /// <summary>Contexts of both.</summary>
    public required int Contexts { get; init; }

    /// <summary>Tokens of the vocabulary that can be promoted: those that occur often enough.</summary>
    public required int FrequentTokens { get; init; }

    /// <summary>How many latents were compared.</summary>
    public required UnitCensus Latents { get; init; }

    /// <summary>How many of them may be ends of edges.</summary>
    public required int Ends { get; init; }

    /// <summary>Numbers of the graph.</summary>
    public required ChainCounts Counts { get; init; }

    /// <summary>The same by chance, one for each kind of chance.</summary>
    public required IReadOnlyList<ChainNull> Chance { get; init; }

    /// <summary>How much edges are walked in text.</summary>
    public required ChainLifts Lifts { get; init; }

    /// <summary>All edges, self-loops among them, by From and then To.</summary>
    public required IReadOnlyList<ChainLink> Edges { get; init; }

    /// <summary>Share of the edges between different latents that are walked, with its 95 % bootstrap interval over first latents.</summary>
    public required Estimate Walked { get; init; }

    /// <summary>The same of pairs of the same first latents with the end of another edge.</summary>
    public required Estimate WalkedByChance { get; init; }

    /// <summary>Chains along walked edges between latents of no closed system, each latent's strongest; no latent is in two. The longest first, and of equally long ones that with the highest least weight.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Chains { get; init; }

    /// <summary>The closed systems: at least two latents of which each leads to each, the largest first.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Systems { get; init; }

    /// <summary>Concepts that latents tell, in the Microworld's order; none where no concepts are known.</summary>
    public required IReadOnlyList<ConceptChain> Concepts { get; init; }

    /// <summary>The latents that were compared, ascending.</summary>
    public required IReadOnlyList<ChainLatent> Members { get; init; }
}

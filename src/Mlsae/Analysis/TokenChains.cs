using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>Latent From promotes the tokens on which latent To fires: a step of a finite-state automaton.</summary>
/// <param name="From">whose promoted tokens</param>
/// <param name="To">which fires on them</param>
/// <param name="Weight">the mean over the promoted tokens of the share of the token's occurrences at which To fires</param>
/// <param name="Lift">how many times likelier To fires at the next token where From fires than it does anywhere; NaN where From has no next token</param>
public sealed record ChainEdge(int From, int To, double Weight, double Lift);

/// <summary>A number of the chains beside what it is where promoted tokens are exchanged for others as frequent.</summary>
/// <param name="Observed">the number</param>
/// <param name="Mean">mean over exchanges</param>
/// <param name="Low">2.5th percentile over exchanges</param>
/// <param name="High">97.5th percentile</param>
/// <param name="P">share of exchanges, the observed one counted as one, that reach it</param>
public sealed record ChainCount(int Observed, double Mean, double Low, double High, double P)
{
    /// <summary>Compares a number with those of exchanges, of which there is at least one.</summary>
    public static ChainCount Of(int observed, IReadOnlyList<int> exchanged)
    {
        double[] sorted = [.. exchanged.Select(count => (double)count).Order()];
        return new ChainCount(
            observed, sorted.Average(), Bootstrap.Percentile(sorted, 0.025), Bootstrap.Percentile(sorted, 0.975), (1.0 + sorted.Count(count => count >= observed)) / (1 + sorted.Length));
    }
}

/// <summary>How latents follow each other: which promote the tokens on which others fire. Bricken et al. 2023, finite-state automata.</summary>
public sealed record TokenChainsResult
{
    /// <summary>Name and version of the definitions.</summary>
    public string Definition { get; init; } =
        "token_chains/1: edge from i to j where, over the 5 tokens that i's direct logit weights raise most among those that occur at least 10 times, the mean share of occurrences at which j fires is at least 0.5, and j fires on at most "
        + "a tenth of all tokens; chance: the vocabulary permuted within groups of like frequency";

    /// <summary>Tokens that were looked at.</summary>
    public required long Tokens { get; init; }

    /// <summary>Contexts they are from.</summary>
    public required int Contexts { get; init; }

    /// <summary>Whether the directions' path to the logits is the only one, or one of several.</summary>
    public required string Path { get; init; }

    /// <summary>How many latents were compared.</summary>
    public required UnitCensus Latents { get; init; }

    /// <summary>The edges, self-loops among them, by From and then To.</summary>
    public required IReadOnlyList<ChainEdge> Edges { get; init; }

    /// <summary>Number of edges, self-loops among them.</summary>
    public required ChainCount EdgeCount { get; init; }

    /// <summary>Latents that promote the tokens on which they fire themselves.</summary>
    public required ChainCount SelfLoops { get; init; }

    /// <summary>Pairs of latents that promote each other's tokens.</summary>
    public required ChainCount TwoCycles { get; init; }

    /// <summary>Median over edges of how many times likelier the second latent fires at the next token; interval over edges.</summary>
    public required Estimate EdgeLift { get; init; }

    /// <summary>The same of as many pairs of latents drawn at random.</summary>
    public required Estimate RandomLift { get; init; }

    /// <summary>The longest way along strongest edges in which no latent comes twice.</summary>
    public required IReadOnlyList<int> LongestChain { get; init; }

    /// <summary>[compared latents] The tokens that each raises most, the first first.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> Promoted { get; init; }

    /// <summary>[compared latents] What each is called.</summary>
    public required IReadOnlyList<LatentLabel> Labels { get; init; }
}

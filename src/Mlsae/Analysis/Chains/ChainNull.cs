using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Chains;

/// <summary>One number of a chain graph over draws of chance.</summary>
/// <param name="Mean">mean over draws</param>
/// <param name="Low">2.5th percentile over draws</param>
/// <param name="High">97.5th percentile</param>
/// <param name="P">share of draws, the observed graph counted as one, that reach the observed number</param>
public sealed record ChanceCount(double Mean, double Low, double High, double P)
{
    /// <summary>Compares a number with those of draws, of which there is at least one.</summary>
    public static ChanceCount Of(double observed, IReadOnlyList<double> drawn)
    {
        double[] sorted = [.. drawn.Order()];
        return new ChanceCount(sorted.Average(), Bootstrap.Percentile(sorted, 0.025), Bootstrap.Percentile(sorted, 0.975), (1.0 + sorted.Count(value => value >= observed)) / (1 + sorted.Length));
    }
}

/// <summary>What the numbers of a chain graph are by one kind of chance.</summary>
/// <param name="Name">the kind</param>
/// <param name="Draws">how many draws</param>
/// <param name="Edges">as in <see cref="ChainCounts"/></param>
/// <param name="SelfLoops">as there</param>
/// <param name="TwoCycles">as there</param>
/// <param name="InSystems">as there</param>
/// <param name="LongestChain">as there</param>
public sealed record ChainNull(string Name, int Draws, ChanceCount Edges, ChanceCount SelfLoops, ChanceCount TwoCycles, ChanceCount InSystems, ChanceCount LongestChain)
{
    /// <summary>Directions that point anywhere instead of the latents': which tokens are promoted together is still the unembedding's doing.</summary>
    public const string RandomDirections = "random directions";

    /// <summary>Each latent has another's direction: as many edges, but not from where they should come.</summary>
    public const string PermutedDirections = "permuted directions";

    /// <summary>Each token is exchanged for one about as frequent, the same for all latents: as much promotion and as much firing, but of tokens that have nothing to do with each other.</summary>
    public const string ExchangedTokens = "exchanged tokens";

    /// <summary>Counts the graphs of draws and compares.</summary>
    /// <param name="name">the kind of chance</param>
    /// <param name="observed">the numbers of the latents' own graph</param>
    /// <param name="drawn">those of draws, at least one</param>
    public static ChainNull Of(string name, ChainCounts observed, IReadOnlyList<ChainCounts> drawn)
    {
        Require.That(drawn.Count > 0, "Chance needs at least one draw.");
        ChanceCount[] counts = [.. observed.Values.Select((value, i) => ChanceCount.Of(value, [.. drawn.Select(draw => draw.Values[i])]))];
        return new ChainNull(name, drawn.Count, counts[0], counts[1], counts[2], counts[3], counts[4]);
    }
}

namespace Mlsae.Analysis.Chains;

/// <summary>Numbers of a chain graph.</summary>
/// <param name="Edges">edges between different latents</param>
/// <param name="SelfLoops">latents that promote the tokens on which they fire themselves</param>
/// <param name="TwoCycles">pairs of latents that promote each other's tokens</param>
/// <param name="InSystems">latents from which a way leads back to them through others</param>
/// <param name="LongestChain">latents of the longest way along strongest edges in which none comes twice</param>
public sealed record ChainCounts(double Edges, double SelfLoops, double TwoCycles, double InSystems, double LongestChain)
{
    /// <summary>Counts a graph.</summary>
    public static ChainCounts Of(IReadOnlyCollection<ChainEdge> edges)
    {
        int loops = ChainPaths.SelfLoops(edges);
        return new ChainCounts(edges.Count - loops, loops, ChainPaths.TwoCycles(edges), ChainPaths.Systems(edges).Sum(system => system.Length), ChainPaths.LongestChain(edges).Length);
    }

    /// <summary>The numbers one by one, in the order of the record.</summary>
    internal IReadOnlyList<double> Values => [Edges, SelfLoops, TwoCycles, InSystems, LongestChain];
}

using Mlsae.Analysis.Units;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Chains;

/// <summary>Which latents fire on which tokens, and so to which latents sets of promoted tokens lead. Bricken et al. 2023, finite-state automata.</summary>
public sealed class ChainGraph
{
    /// <summary>An edge's least weight.</summary>
    public const double EdgeFrom = 0.5;

    /// <summary>A latent that fires on a larger share of tokens says too little to be the end of an edge.</summary>
    public const double DensestEnd = 0.1;

    private const int LatentsInBlock = 16;

    private readonly Dictionary<int, double>[] _rates;
    private readonly int[][] _often;

    /// <summary>What fires on which tokens.</summary>
    /// <param name="labels">sums of the latents and tokens</param>
    /// <param name="latents">the latents that may be ends of edges; denser ones than <see cref="DensestEnd"/> are not</param>
    public ChainGraph(LatentLabels labels, IReadOnlyList<int> latents)
    {
        Ends = [.. latents.Where(latent => labels.Moments.Density(latent) <= DensestEnd)];
        _rates = [.. labels.TokenCounts.Select(_ => new Dictionary<int, double>())];
        foreach (int latent in Ends)
        {
            foreach (var pair in labels.Tokens.Of(latent))
            {
                _rates[pair.Second][latent] = (double)pair.Together / labels.TokenCounts[pair.Second];
            }
        }

        // A mean of at least some value has a term of at least that: only these latents need to be looked at.
        _often = [.. _rates.Select(own => own.Where(of => of.Value >= EdgeFrom).Select(of => of.Key).ToArray())];
    }

    /// <summary>The latents that may be ends of edges.</summary>
    public IReadOnlyList<int> Ends { get; }

    /// <summary>The edges from some latents, in their order and then by their ends, ascending.</summary>
    /// <param name="from">which latents</param>
    /// <param name="promoted">[from] the tokens each promotes</param>
    public ChainEdge[] Edges(IReadOnlyList<int> from, IReadOnlyList<int[]> promoted)
    {
        Require.Equal(promoted.Count, from.Count);
        var edges = new ChainEdge[from.Count][];
        Workers.ForBlocks(from.Count, LatentsInBlock, (start, end) =>
        {
            for (int i = start; i < end; i++)
            {
                edges[i] = EdgesOf(from[i], promoted[i]);
            }
        });
        return [.. edges.SelectMany(own => own)];
    }

    private ChainEdge[] EdgesOf(int from, int[] promoted) =>
    [
        .. promoted.SelectMany(token => _often[token]).Distinct().Order()
            .Select(to => new ChainEdge(from, to, promoted.Sum(token => _rates[token].GetValueOrDefault(to)) / promoted.Length))
            .Where(edge => edge.Weight >= EdgeFrom),
    ];
}

using Mlsae.Analysis.Units;
using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Splitting;

/// <summary>A latent of a smaller dictionary and one of a larger that fire alike.</summary>
/// <param name="Parent">latent of the smaller one</param>
/// <param name="Child">latent of the larger one</param>
/// <param name="Cosine">their <see cref="MaskedCosine"/></param>
/// <param name="Together">rows at which both fire</param>
public sealed record SplitEdge(int Parent, int Child, double Cosine, long Together);

/// <summary>How the latents of a smaller dictionary split in a larger one: which pairs have a masked cosine above <see cref="EdgeAbove"/>. Bricken et al. 2023, section on feature splitting.</summary>
public static class FeatureSplits
{
    /// <summary>The masked cosine above which a pair is an edge.</summary>
    public const double EdgeAbove = 0.4;

    /// <summary>Name and version of the definition.</summary>
    public const string Definition =
        "feature_splitting/1: edges between latents of two dictionaries whose masked cosine is above 0.4, both firing on more than 10 tokens and on at least one in a million; nearest: of each latent of the larger dictionary only the edge with the largest cosine";

    /// <summary>Of each child the edge with the largest cosine; of equal ones that of the first parent.</summary>
    public static SplitEdge[] Nearest(IEnumerable<SplitEdge> edges) =>
        [.. edges.GroupBy(edge => edge.Child).Select(own => own.MaxBy(edge => edge.Cosine)!).OrderBy(edge => edge.Parent).ThenBy(edge => edge.Child)];

    /// <summary>The edges between the latents that fire often enough, ordered by parent and then child.</summary>
    /// <param name="pairs">sums of the pairs, the smaller dictionary first</param>
    /// <param name="parents">moments of the smaller dictionary over the same rows</param>
    /// <param name="children">moments of the larger one</param>
    public static SplitEdge[] Edges(LatentPairs pairs, UnitMoments parents, UnitMoments children)
    {
        Require.Equal(parents.Count, pairs.FirstCount);
        Require.Equal(children.Count, pairs.SecondCount);
        int[] kept = UnitCensus.KeptOf(parents);
        var edges = new SplitEdge[kept.Length][];
        Workers.For(kept.Length, i => edges[i] =
        [
            .. pairs.Of(kept[i]).Where(pair => UnitCensus.IsKept(children, pair.Second))
                .Select(pair => new SplitEdge(kept[i], pair.Second, MaskedCosine.Of(pair, parents.Squares[kept[i]], children.Squares[pair.Second]), pair.Together))
                .Where(edge => edge.Cosine > EdgeAbove),
        ]);
        return [.. edges.SelectMany(own => own)];
    }
}

/// <summary>How many of some latents have no edge, one, or several. Intervals are over latents.</summary>
/// <param name="None">share without an edge</param>
/// <param name="One">share with exactly one</param>
/// <param name="Several">share with two or more</param>
/// <param name="Mean">edges of a latent, mean</param>
public sealed record EdgeShares(Estimate None, Estimate One, Estimate Several, Estimate Mean)
{
    /// <summary>Counts edges.</summary>
    /// <param name="edges">[latents] edges of each</param>
    /// <param name="seed">of the bootstrap</param>
    public static EdgeShares Of(int[] edges, ulong seed)
    {
        static double Share(int[] drawn, Func<int, bool> counts) => drawn.Length == 0 ? double.NaN : (double)drawn.Count(counts) / drawn.Length;
        var estimates = Bootstrap.Estimates(edges.Length, seed, drawn =>
        [
            Share(drawn, i => edges[i] == 0), Share(drawn, i => edges[i] == 1), Share(drawn, i => edges[i] > 1), drawn.Select(i => (double)edges[i]).DefaultIfEmpty(double.NaN).Average(),
        ]);
        return new EdgeShares(estimates[0], estimates[1], estimates[2], estimates[3]);
    }
}

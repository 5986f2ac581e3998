using Mlsae.Analysis.Units;
using Mlsae.Numerics;
using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis.Splitting;

/// <summary>Sums over rows of two dictionaries' codes: what <see cref="FeatureSplittingResult"/> is computed from. Never a table of all pairs, nor of all rows.</summary>
/// <param name="parents">latents of the smaller dictionary</param>
/// <param name="children">latents of the larger one</param>
/// <param name="vocabularySize">number of token ids</param>
public sealed class FeatureSplittingSums(int parents, int children, int vocabularySize)
{
    private readonly LatentPairs _pairs = new(parents, children);
    private readonly LatentPairs _otherTokens = new(parents, children);
    private readonly LatentLabels _parents = new(parents, vocabularySize);
    private readonly LatentLabels _children = new(children, vocabularySize);

    /// <summary>Adds rows.</summary>
    /// <param name="first">[rows] codes of the smaller dictionary</param>
    /// <param name="second">[rows] codes of the larger one, of the same vectors</param>
    /// <param name="ids">[rows] the token of each</param>
    /// <param name="concepts">[rows] what is true of each; null where it is not known</param>
    /// <exception cref="ArgumentException">The numbers of rows differ.</exception>
    public void Add(SparseRows first, SparseRows second, int[] ids, ConceptSet[]? concepts)
    {
        _pairs.Add(first, second);
        _parents.Add(first, ids, concepts);
        _children.Add(second, ids, concepts);

        // Each row beside the one half a batch further on, from the end on to the beginning: the same values, of tokens that do not belong together.
        _otherTokens.Add(first, second.Select([.. Enumerable.Range(0, ids.Length).Select(row => (row + ids.Length / 2) % ids.Length)]));
    }

    /// <summary>What was found.</summary>
    /// <param name="names">of the smaller and the larger dictionary</param>
    /// <param name="contexts">contexts that were read</param>
    /// <param name="display">how a token is shown</param>
    /// <param name="seed">of the bootstrap</param>
    public FeatureSplittingResult Result((string Parent, string Child) names, int contexts, Func<int, string> display, ulong seed)
    {
        var (p, c) = (_parents.Moments, _children.Moments);
        var edges = FeatureSplits.Edges(_pairs, p, c);
        var nearest = FeatureSplits.Nearest(edges);
        int[] keptParents = UnitCensus.KeptOf(p), keptChildren = UnitCensus.KeptOf(c);
        return new FeatureSplittingResult
        {
            Parent = names.Parent,
            Child = names.Child,
            Rows = p.Rows,
            Contexts = contexts,
            Parents = UnitCensus.Of(p),
            Children = UnitCensus.Of(c),
            Nearest = nearest,
            Edges = edges.Length,
            EdgesByChance = FeatureSplits.Edges(_otherTokens, p, c).Length,
            NearestChildren = Shares(keptParents, nearest.CountBy(edge => edge.Parent), seed),
            ChildrenOfParents = Shares(keptParents, edges.CountBy(edge => edge.Parent), seed),
            ParentsOfChildren = Shares(keptChildren, edges.CountBy(edge => edge.Child), seed),
            ParentLabels = _parents.Of(keptParents, display),
            ChildLabels = _children.Of(keptChildren, display),
        };
    }

    private static EdgeShares Shares(int[] latents, IEnumerable<KeyValuePair<int, int>> counts, ulong seed)
    {
        var known = counts.ToDictionary();
        return EdgeShares.Of([.. latents.Select(latent => known.GetValueOrDefault(latent))], seed);
    }
}

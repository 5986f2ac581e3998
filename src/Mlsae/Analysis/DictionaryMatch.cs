using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>How alike the directions of two dictionaries are at one layer. Intervals are over directions.</summary>
/// <param name="Mmcs">mean over the first dictionary's directions of the largest cosine with one of the second's</param>
/// <param name="ShareMatched">share of the pairs of the best one-to-one matching, of the smaller dictionary with the larger, whose cosine is above <see cref="DictionaryMatch.HighCosine"/>;
/// null where there are too many directions to match</param>
public sealed record LayerMatch(Estimate Mmcs, Estimate? ShareMatched);

/// <summary>How alike the directions of two dictionaries are, layer by layer: whether they found the same features. Cunningham et al. 2023 compare so with larger dictionaries.</summary>
/// <param name="Layers">each layer</param>
public sealed record DictionaryMatch(IReadOnlyList<LayerMatch> Layers)
{
    /// <summary>Name and version of the definitions.</summary>
    public const string Definition =
        "dictionary_match/1: mmcs = mean over the first's directions of the largest cosine among the second's; share_matched = share above 0.9 of the one-to-one matching with the largest sum of cosines";

    /// <summary>A pair counts as matched above it.</summary>
    public const double HighCosine = 0.9;

    /// <summary>Compares two dictionaries.</summary>
    /// <param name="first">whose directions are looked for</param>
    /// <param name="second">among which they are looked for, of the same layers and width</param>
    /// <param name="seed">of the bootstrap over directions</param>
    /// <exception cref="ArgumentException">Layers or widths differ.</exception>
    public static DictionaryMatch Of(ILayeredDictionary first, ILayeredDictionary second, ulong seed = 0)
    {
        Require.Equal(second.LayerCount, first.LayerCount);
        Require.Equal(second.ModelDim, first.ModelDim);
        var known = new Dictionary<(Matrix, Matrix), LayerMatch>();
        var layers = new List<LayerMatch>();
        for (int layer = 0; layer < first.LayerCount; layer++)
        {
            var pair = (first.DirectionsAt(layer), second.DirectionsAt(layer));
            layers.Add(known.TryGetValue(pair, out var match) ? match : known[pair] = Of(pair.Item1, pair.Item2, seed));
        }

        return new DictionaryMatch(layers);
    }

    private static LayerMatch Of(Matrix first, Matrix second, ulong seed)
    {
        var (fewer, more) = first.Rows <= second.Rows ? (first, second) : (second, first);
        double[] cosines = more.Rows <= DirectionMatching.MostMatched ? DirectionMatching.Hungarian(fewer, more).Cosines : [];
        return new LayerMatch(
            Mean([.. DirectionMatching.MaxCosines(first, second).Select(cosine => (double)cosine)], seed),
            cosines.Length == 0 ? null : Mean([.. cosines.Select(cosine => cosine > HighCosine ? 1.0 : 0)], seed));
    }

    private static Estimate Mean(double[] values, ulong seed) =>
        Bootstrap.Estimates(values.Length, seed, drawn => [drawn.Average(i => values[i])])[0];
}

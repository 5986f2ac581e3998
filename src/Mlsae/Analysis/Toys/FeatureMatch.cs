using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Toys;

/// <summary>The latents of a dictionary that are most like one true feature, and what they did on its tokens.</summary>
internal sealed class FeatureMatch
{
    private readonly ToyFeature _feature;
    // [L] The best single latent's cosine at each layer, the best of any, and which latent that is.
    private readonly double[] _cosines;
    private readonly double[] _best;
    private readonly int[] _linked;
    private readonly int _single;
    // [L] Over the feature's tokens: the single latent's values and how often it was active, the linked latents' values.
    private readonly double[] _totals;
    private readonly long[] _active;
    private readonly double[] _linkedTotals;
    private long _tokens;

    /// <param name="feature">the feature</param>
    /// <param name="cosines">[L] of [its latents] with the feature's direction at each layer</param>
    /// <param name="first">[L] the number of the first latent of each layer</param>
    /// <param name="latentCount">latents of the whole dictionary</param>
    private FeatureMatch(ToyFeature feature, float[][] cosines, int[] first, int latentCount)
    {
        int layers = cosines.Length;
        _feature = feature;
        _linked = [.. cosines.Select((row, layer) => first[layer] + IndexOfLargest(row))];
        _best = [.. cosines.Select((row, layer) => (double)row[_linked[layer] - first[layer]])];
        var sums = new float[latentCount];
        for (int layer = feature.FirstLayer; layer <= feature.LastLayer; layer++)
        {
            Kernels.AddScaled(cosines[layer], 1, sums.AsSpan(first[layer], cosines[layer].Length));
        }

        _single = IndexOfLargest(sums);
        _cosines = [.. cosines.Select((row, layer) => _single >= first[layer] && _single < first[layer] + row.Length ? row[_single - first[layer]] : 0.0)];
        (_totals, _linkedTotals, _active) = (new double[layers], new double[layers], new long[layers]);
    }

    /// <summary>The matches of all features.</summary>
    public static FeatureMatch[] Of(IReadOnlyList<ToyFeature> features, ILayeredDictionary dictionary)
    {
        int layers = dictionary.LayerCount;
        int[] first = [.. Enumerable.Range(0, layers).Select(layer => dictionary.LatentsAt(layer).First)];
        var cosines = Enumerable.Range(0, layers).Select(layer =>
        {
            var directions = new Matrix(features.Count, dictionary.ModelDim);
            for (int i = 0; i < features.Count; i++)
            {
                features[i].Directions.Row(layer).CopyTo(directions.Row(i));
            }

            return DirectionMatching.Cosines(directions, dictionary.DirectionsAt(layer));
        }).ToArray();
        return [.. features.Select((feature, i) => new FeatureMatch(feature, [.. cosines.Select(layer => layer.Row(i).ToArray())], first, dictionary.LatentCount))];
    }

    /// <summary>Adds one token that has the feature, at one layer.</summary>
    /// <param name="layer">the layer</param>
    /// <param name="values">[n_latents] the values of all latents there</param>
    public void Add(int layer, float[] values)
    {
        _totals[layer] += values[_single];
        _linkedTotals[layer] += values[_linked[layer]];
        _active[layer] += values[_single] > L0.ActiveAbove ? 1 : 0;
        _tokens += layer == 0 ? 1 : 0;
    }

    /// <summary>The feature's numbers.</summary>
    /// <param name="index">of the feature</param>
    public FeatureRecovery Recovery(int index)
    {
        int[] lifetime = [.. Enumerable.Range(_feature.FirstLayer, _feature.Lifetime)];
        bool one = _tokens > 0 && lifetime.All(layer => _cosines[layer] > ToyRecovery.RecoveredAbove && 2 * _active[layer] >= _tokens);
        return new FeatureRecovery(
            index, _feature.Trajectory, _feature.Probability, lifetime.Average(layer => _best[layer]),
            lifetime.Average(layer => _best[layer] > ToyRecovery.RecoveredAbove ? 1.0 : 0), one ? 1 : 0, Distance(_totals), Distance(_linkedTotals));
    }

    /// <summary>½ Σ |share − true share| over layers.</summary>
    private double? Distance(double[] totals)
    {
        double total = totals.Sum();
        return _tokens == 0 ? null : total == 0 ? 1 : totals.Select((value, layer) => Math.Abs(value / total - _feature.ShareAt(layer))).Sum() / 2;
    }

    private static int IndexOfLargest(ReadOnlySpan<float> values)
    {
        int largest = 0;
        for (int i = 1; i < values.Length; i++)
        {
            largest = values[i] > values[largest] ? i : largest;
        }

        return largest;
    }
}

using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Analysis;

/// <summary>Every place at which a few chosen latents are active, with the text around it. Holds the text's tokens, and 12 bytes a place.</summary>
public sealed class LatentOccurrences : ITextSums
{
    private readonly int[] _latents;
    private readonly int _layerCount;
    private readonly float _threshold;
    private readonly Dictionary<int, List<Occurrence>> _places = [];
    private readonly List<int[]> _contexts = [];
    private long _tokens;

    /// <summary>No text was seen yet.</summary>
    /// <param name="latents">the latents to look for, each once</param>
    /// <param name="layerCount">L</param>
    /// <param name="threshold">a latent is active where its value is greater</param>
    /// <exception cref="ArgumentException">A latent is negative or named twice.</exception>
    public LatentOccurrences(IEnumerable<int> latents, int layerCount, float threshold = L0.ActiveAbove)
    {
        (_latents, _layerCount, _threshold) = ([.. latents], layerCount, threshold);
        Require.That(_latents.All(latent => latent >= 0) && _latents.Distinct().Count() == _latents.Length, "Latents must be 0 or greater, and each be named once.");
        foreach (int latent in _latents)
        {
            _places[latent] = [];
        }
    }

    /// <summary>The latents that are looked for.</summary>
    public IReadOnlyList<int> Latents => _latents;

    /// <inheritdoc/>
    public bool NeedsCodes => true;

    /// <inheritdoc/>
    public void Add(EncodedTokens tokens)
    {
        int first = _contexts.Count * tokens.Batch.Length;
        _contexts.AddRange(tokens.Batch.Ids.Chunk(tokens.Batch.Length));
        for (int token = 0; token < tokens.Count; token++)
        {
            for (int layer = 0; layer < _layerCount; layer++)
            {
                AddRow(tokens.Codes, token * _layerCount + layer, first + tokens.PositionOf(token), layer);
            }
        }

        _tokens += tokens.Count;
    }

    /// <summary>What a latent looks like at every layer.</summary>
    /// <param name="latent">one of <see cref="Latents"/></param>
    /// <param name="config">how much is shown</param>
    /// <param name="text">the text of a token; null leaves the texts empty</param>
    /// <exception cref="ArgumentException">The latent was not looked for, or the configuration shows nothing.</exception>
    public LatentPortrait Portrait(int latent, LatentPortraitConfig config, Func<int, string>? text = null)
    {
        Require.That(_places.ContainsKey(latent), $"Latent {latent} was not looked for.");
        Require.That(config is { Strongest: >= 0, Intervals: >= 1, PerInterval: >= 0, Before: >= 0, After: >= 0 }, "Numbers of examples and tokens must not be negative, and there must be an interval.");
        var layers = _places[latent].ToLookup(place => place.Layer);
        return new LatentPortrait
        {
            Latent = latent,
            Tokens = _tokens,
            ActiveTokens = _places[latent].Select(place => place.Position).Distinct().Count(),
            Seed = config.Seed,
            Layers = [.. Enumerable.Range(0, _layerCount).Select(layer => Portrait(latent, layer, [.. layers[layer]], config, text))],
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SaveState()
    {
        int length = _contexts.Count == 0 ? 0 : _contexts[0].Length;
        var state = new List<Tensor>
        {
            Tensor.Of("tokens", [_tokens], 1),
            Tensor.Of("contexts", (ReadOnlySpan<int>)[.. _contexts.SelectMany(ids => ids)], _contexts.Count, length),
        };
        foreach (int latent in _latents)
        {
            var places = _places[latent];
            state.Add(Tensor.Of($"{latent}.places", (ReadOnlySpan<int>)[.. places.SelectMany(place => new[] { place.Position, place.Layer })], places.Count, 2));
            state.Add(Tensor.Of($"{latent}.values", (ReadOnlySpan<float>)[.. places.Select(place => place.Value)], places.Count));
        }

        return state;
    }

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        _tokens = state.ReadLongs("tokens", 1)[0];
        int length = (int)state.Describe("contexts").Shape[1];
        _contexts.Clear();
        _contexts.AddRange(length == 0 ? [] : state.ReadLongs("contexts").Select(id => (int)id).Chunk(length));
        foreach (int latent in _latents)
        {
            float[] values = state.ReadFloats($"{latent}.values");
            long[] places = state.ReadLongs($"{latent}.places", values.Length, 2);
            _places[latent] = [.. values.Select((value, i) => new Occurrence((int)places[2 * i], (int)places[2 * i + 1], value))];
        }
    }

    private void AddRow(SparseRows codes, int row, int position, int layer)
    {
        var latents = codes.RowIndices(row);
        var values = codes.RowValues(row);
        for (int i = 0; i < latents.Length; i++)
        {
            if (values[i] > _threshold && _places.TryGetValue(latents[i], out var places))
            {
                places.Add(new Occurrence(position, layer, values[i]));
            }
        }
    }

    private LatentLayerPortrait Portrait(int latent, int layer, Occurrence[] places, LatentPortraitConfig config, Func<int, string>? text)
    {
        var values = places.ToDictionary(place => place.Position, place => place.Value);
        LatentExample Example(Occurrence place) => this.Example(latent, place, values, config, text);
        float largest = places.Length == 0 ? 0 : places.Max(place => place.Value);
        var random = new Philox(config.Seed, "latent portrait", (ulong)((long)latent * _layerCount + layer));
        return new LatentLayerPortrait(
            layer, places.Length, largest,
            [.. places.OrderByDescending(place => place.Value).ThenBy(place => place.Position).Take(config.Strongest).Select(Example)],
            places.Length == 0 ? [] : [.. Enumerable.Range(0, config.Intervals).Reverse().Select(interval =>
            {
                float low = largest * interval / config.Intervals, high = interval + 1 == config.Intervals ? largest : largest * (interval + 1) / config.Intervals;
                Occurrence[] within = [.. places.Where(place => place.Value > low && place.Value <= high)];
                return new ActivationInterval(low, high, within.Length, [.. Drawn(within, config.PerInterval, random).Select(Example)]);
            })]);
    }

    private static IEnumerable<Occurrence> Drawn(Occurrence[] places, int count, Philox random)
    {
        random.Shuffle<Occurrence>(places);
        return places.Take(count).OrderBy(place => place.Position);
    }

    private LatentExample Example(int latent, Occurrence place, Dictionary<int, float> values, LatentPortraitConfig config, Func<int, string>? text)
    {
        int length = _contexts[0].Length, context = place.Position / length, at = place.Position % length;
        int start = Math.Max(0, at - config.Before), end = Math.Min(length, at + config.After + 1);
        int[] ids = _contexts[context][start..end];
        return new LatentExample
        {
            Token = place.Position,
            Layer = place.Layer,
            Value = place.Value,
            LayerValues = LayerValues(latent, place.Position),
            Position = at - start,
            TokenIds = ids,
            Texts = text is null ? [] : [.. ids.Select(text)],
            Values = [.. Enumerable.Range(context * length + start, ids.Length).Select(position => values.GetValueOrDefault(position))],
        };
    }

    /// <summary>[L] The latent's values at a position. Its places lie in the order of the text, so those of a position beside each other.</summary>
    private float[] LayerValues(int latent, int position)
    {
        var places = _places[latent];
        var values = new float[_layerCount];
        int at = places.BinarySearch(new Occurrence(position, -1, 0), Occurrence.ByPlace);
        for (at = ~at; at < places.Count && places[at].Position == position; at++)
        {
            values[places[at].Layer] = places[at].Value;
        }

        return values;
    }

    private readonly record struct Occurrence(int Position, int Layer, float Value)
    {
        /// <summary>By position, then by layer.</summary>
        public static readonly IComparer<Occurrence> ByPlace = Comparer<Occurrence>.Create((a, b) => (a.Position, a.Layer).CompareTo((b.Position, b.Layer)));
    }
}

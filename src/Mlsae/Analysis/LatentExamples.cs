using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Analysis;

/// <summary>What to keep of each latent's examples.</summary>
public sealed record LatentExampleConfig
{
    /// <summary>Examples kept of each latent; of each latent and layer with <see cref="PerLayer"/>.</summary>
    public int Keep { get; init; } = 16;

    /// <summary>Tokens kept before the example's own.</summary>
    public int Before { get; init; } = 12;

    /// <summary>Tokens kept after it.</summary>
    public int After { get; init; } = 6;

    /// <summary>A latent is active where its value is greater.</summary>
    public float Threshold { get; init; } = L0.ActiveAbove;

    /// <summary>
    /// Keeps the strongest examples of each layer. Otherwise a token is one example, at the layer where the latent is strongest there.
    /// </summary>
    public bool PerLayer { get; init; }

    /// <summary>Tokens that are no examples, such as the end of text.</summary>
    public IReadOnlySet<int> ExcludedTokens { get; init; } = new HashSet<int>();
}

/// <summary>Finds the tokens at which chosen latents are strongest, in one pass over contexts and their codes, keeping only the best.</summary>
/// <remarks>A window ends where its context ends; the published code wraps round to the context's end (a negative slice).</remarks>
public sealed class LatentExamples
{
    private readonly LatentExampleConfig _config;
    private readonly int _layerCount;
    private readonly int[] _latents;
    private readonly int[] _slotOfLatent;
    private readonly long[] _activeTokens;
    private readonly PriorityQueue<LatentExample, (float Value, long Earlier)>[] _best;

    // Of the token at hand: the latents' values at every layer, and which latents have any.
    private readonly float[] _values;
    private readonly List<int> _active = [];
    private long _tokens;

    /// <summary>No token was seen yet.</summary>
    /// <param name="latents">the latents to find examples of, each once</param>
    /// <param name="layerCount">L</param>
    /// <param name="config">what to keep</param>
    /// <exception cref="ArgumentException">A latent is negative or named twice, or the configuration keeps nothing.</exception>
    public LatentExamples(IEnumerable<int> latents, int layerCount, LatentExampleConfig? config = null)
    {
        _config = config ?? new LatentExampleConfig();
        _latents = [.. latents];
        _layerCount = layerCount;
        Require.That(_latents.All(latent => latent >= 0) && _latents.Distinct().Count() == _latents.Length, "Latents must be 0 or greater, and each be named once.");
        Require.That(_config.Keep > 0 && _config.Before >= 0 && _config.After >= 0, "Keep must be positive; Before and After must not be negative.");
        Require.That(_config.Threshold >= 0, $"The threshold is {_config.Threshold}, but values of 0 stand for inactive latents, so it must not be negative.");
        _slotOfLatent = new int[_latents.Append(-1).Max() + 1];
        Array.Fill(_slotOfLatent, -1);
        for (int slot = 0; slot < _latents.Length; slot++)
        {
            _slotOfLatent[_latents[slot]] = slot;
        }

        _activeTokens = new long[_latents.Length];
        _values = new float[_latents.Length * layerCount];
        _best = [.. Enumerable.Range(0, _latents.Length * (_config.PerLayer ? layerCount : 1)).Select(_ => new PriorityQueue<LatentExample, (float, long)>())];
    }

    /// <summary>Looks at some contexts.</summary>
    /// <param name="tokens">[sequences × length] their tokens</param>
    /// <param name="codes">[tokens · L rows] row t·L + l is token t of the batch at layer l</param>
    /// <exception cref="ArgumentException">The codes do not have L rows for each token.</exception>
    public void Add(TokenBatch tokens, SparseRows codes)
    {
        Require.Equal(codes.Rows, tokens.TokenCount * _layerCount);
        for (int token = 0; token < tokens.TokenCount; token++)
        {
            NoteValues(codes, token);
            foreach (int slot in _active)
            {
                if (!_config.ExcludedTokens.Contains(tokens.Ids[token]))
                {
                    _activeTokens[slot]++;
                    OfferLayers(slot, token, tokens, codes);
                }

                _values.AsSpan(slot * _layerCount, _layerCount).Clear();
            }

            _active.Clear();
        }

        _tokens += tokens.TokenCount;
    }

    /// <summary>What was found, in the order in which the latents were given.</summary>
    /// <param name="text">the text of a token; null leaves the texts empty</param>
    public IReadOnlyList<LatentExampleSet> Results(Func<int, string>? text = null) => [.. _latents.Select((latent, slot) => new LatentExampleSet
    {
        Latent = latent,
        Tokens = _tokens,
        ActiveTokens = _activeTokens[slot],
        Examples = [.. HeapsOf(slot)
            .SelectMany(heap => heap.UnorderedItems)
            .Select(item => text is null ? item.Element : item.Element with { Texts = [.. item.Element.TokenIds.Select(text)] })
            .OrderByDescending(example => example.Value).ThenBy(example => example.Token).ThenBy(example => example.Layer)],
    })];

    private IEnumerable<PriorityQueue<LatentExample, (float, long)>> HeapsOf(int slot) =>
        _config.PerLayer ? _best.Skip(slot * _layerCount).Take(_layerCount) : [_best[slot]];

    private void NoteValues(SparseRows codes, int token)
    {
        for (int layer = 0; layer < _layerCount; layer++)
        {
            var latents = codes.RowIndices(token * _layerCount + layer);
            var values = codes.RowValues(token * _layerCount + layer);
            for (int i = 0; i < latents.Length; i++)
            {
                int slot = latents[i] < _slotOfLatent.Length ? _slotOfLatent[latents[i]] : -1;
                if (slot >= 0 && values[i] > _config.Threshold)
                {
                    _values[slot * _layerCount + layer] = values[i];
                    if (!_active.Contains(slot))
                    {
                        _active.Add(slot);
                    }
                }
            }
        }
    }

    private void OfferLayers(int slot, int token, TokenBatch tokens, SparseRows codes)
    {
        var values = _values.AsSpan(slot * _layerCount, _layerCount);
        for (int layer = 0; layer < _layerCount; layer++)
        {
            bool offered = _config.PerLayer ? values[layer] > _config.Threshold : layer == Strongest(values);
            if (offered)
            {
                Offer(_best[_config.PerLayer ? slot * _layerCount + layer : slot], slot, layer, token, tokens, codes);
            }
        }
    }

    private void Offer(PriorityQueue<LatentExample, (float Value, long Earlier)> best, int slot, int layer, int token, TokenBatch tokens, SparseRows codes)
    {
        // Of equal values the earlier token is better, so later ones have the lower priority.
        var priority = (_values[slot * _layerCount + layer], -(_tokens + token));
        bool full = best.Count == _config.Keep;
        if (full && best.TryPeek(out _, out var worst) && priority.CompareTo(worst) <= 0)
        {
            return;
        }

        if (full)
        {
            best.Dequeue();
        }

        best.Enqueue(Example(slot, layer, token, tokens, codes), priority);
    }

    private LatentExample Example(int slot, int layer, int token, TokenBatch tokens, SparseRows codes)
    {
        int context = token / tokens.Length * tokens.Length;
        int start = Math.Max(context, token - _config.Before);
        int end = Math.Min(context + tokens.Length, token + _config.After + 1);
        return new LatentExample
        {
            Token = _tokens + token,
            Layer = layer,
            Value = _values[slot * _layerCount + layer],
            LayerValues = _values.AsSpan(slot * _layerCount, _layerCount).ToArray(),
            Position = token - start,
            TokenIds = tokens.Ids[start..end],
            Values = [.. Enumerable.Range(start, end - start).Select(t => ValueAt(codes, t * _layerCount + layer, _latents[slot]))],
        };
    }

    private float ValueAt(SparseRows codes, int row, int latent)
    {
        int at = codes.RowIndices(row).IndexOf(latent);
        return at >= 0 && codes.RowValues(row)[at] > _config.Threshold ? codes.RowValues(row)[at] : 0;
    }

    private static int Strongest(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int layer = 1; layer < values.Length; layer++)
        {
            best = values[layer] > values[best] ? layer : best;
        }

        return best;
    }
}

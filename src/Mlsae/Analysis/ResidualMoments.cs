using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Analysis;

/// <summary>
/// Norms of a model's vectors at each layer, and the mean, variance and largest magnitude of each of their dimensions. The vectors of a few dimensions can be so much larger than the others
/// that they dominate every variance; the means are what vectors are centred by before their cosines are taken.
/// </summary>
/// <param name="layerCount">L</param>
/// <param name="modelDim">d_model</param>
public sealed class ResidualMoments(int layerCount, int modelDim) : ITextSums
{
    private readonly Layer[] _layers = [.. Enumerable.Range(0, layerCount).Select(_ => new Layer(modelDim))];

    // Of each sequence: its tokens, then Σ‖x‖ of each layer, then Σ‖x‖².
    private readonly SequenceSums _norms = new(1 + 2 * layerCount);
    private long _tokens;

    /// <inheritdoc/>
    public bool NeedsCodes => false;

    /// <summary>Tokens added so far.</summary>
    public long Tokens => _tokens;

    /// <summary>[L × d_model] The mean vector of each layer.</summary>
    public Matrix Means()
    {
        var means = new Matrix(layerCount, modelDim);
        for (int layer = 0; layer < layerCount; layer++)
        {
            for (int i = 0; i < modelDim; i++)
            {
                means[layer, i] = (float)_layers[layer].Mean[i];
            }
        }

        return means;
    }

    /// <inheritdoc/>
    public void Add(EncodedTokens tokens)
    {
        Require.Equal(tokens.Vectors.Columns, modelDim);
        Require.Equal(tokens.Vectors.Rows, tokens.Count * layerCount);
        var sums = Enumerable.Range(0, tokens.Count).Select(token => _norms[tokens.SequenceOf(token)]).ToArray();
        foreach (double[] sequence in sums)
        {
            sequence[0]++;
        }

        // A layer's moments and its places among the sums are its own.
        Workers.For(layerCount, layer =>
        {
            for (int token = 0; token < tokens.Count; token++)
            {
                double square = _layers[layer].Add(tokens.Vectors.Row(token * layerCount + layer), _tokens + token + 1);
                sums[token][1 + layer] += Math.Sqrt(square);
                sums[token][1 + layerCount + layer] += square;
            }
        });
        _tokens += tokens.Count;
    }

    /// <summary>What was found.</summary>
    /// <param name="seed">of the bootstrap over sequences</param>
    /// <exception cref="InvalidOperationException">No token was added.</exception>
    public ResidualStatistics Result(ulong seed)
    {
        if (_tokens == 0)
        {
            throw new InvalidOperationException("There are no vectors: the text has no token that is not special.");
        }

        var norms = _norms.Estimates(seed, total => [.. Enumerable.Range(0, layerCount).Select(layer => total[1 + layer] / total[0])]);
        double[] totals = _norms.Total();
        return new ResidualStatistics
        {
            Tokens = _tokens,
            Sequences = _norms.Count,
            Seed = seed,
            Layers = [.. _layers.Select((layer, l) => layer.Result(_tokens, norms[l], totals[1 + layerCount + l]))],
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SaveState() =>
    [
        Tensor.Of("tokens", [_tokens], 1),
        _norms.ToTensor("norms"),
        .. _layers.SelectMany((layer, l) => layer.SaveState($"layer_{l}.")),
    ];

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        _tokens = state.ReadLongs("tokens", 1)[0];
        _norms.Restore(state, "norms");
        for (int layer = 0; layer < layerCount; layer++)
        {
            _layers[layer].RestoreState(state, $"layer_{layer}.");
        }
    }

    /// <summary>The moments of one layer's dimensions, by Welford's recurrence: a vector at a time, so that they do not depend on batches.</summary>
    private sealed class Layer(int modelDim)
    {
        private readonly double[] _deviations = new double[modelDim];
        private readonly double[] _largest = new double[modelDim];

        public double[] Mean { get; } = new double[modelDim];

        /// <summary>Adds the n-th vector; returns ‖x‖².</summary>
        public double Add(ReadOnlySpan<float> vector, long n)
        {
            double square = 0;
            for (int i = 0; i < vector.Length; i++)
            {
                double value = vector[i], deviation = value - Mean[i];
                Mean[i] += deviation / n;
                _deviations[i] += deviation * (value - Mean[i]);
                _largest[i] = Math.Max(_largest[i], Math.Abs(value));
                square += value * value;
            }

            return square;
        }

        public ResidualLayer Result(long tokens, Estimate norm, double squaredNorms)
        {
            double[] variances = [.. _deviations.Select(deviation => deviation / tokens)];
            return new ResidualLayer
            {
                Norm = norm,
                NormStd = tokens > 1 ? Math.Sqrt(Math.Max(0, squaredNorms - tokens * norm.Mean * norm.Mean) / (tokens - 1)) : double.NaN,
                MeanShare = Mean.Sum(mean => mean * mean) / (squaredNorms / tokens),
                Means = Mean,
                Variances = variances,
                Largest = _largest,
            };
        }

        public IEnumerable<Tensor> SaveState(string prefix) =>
        [
            Tensor.Of(prefix + "mean", Mean, modelDim), Tensor.Of(prefix + "deviations", _deviations, modelDim), Tensor.Of(prefix + "largest", _largest, modelDim),
        ];

        public void RestoreState(ITensorSource state, string prefix)
        {
            state.ReadDoubles(prefix + "mean", modelDim).CopyTo(Mean, 0);
            state.ReadDoubles(prefix + "deviations", modelDim).CopyTo(_deviations, 0);
            state.ReadDoubles(prefix + "largest", modelDim).CopyTo(_largest, 0);
        }
    }
}

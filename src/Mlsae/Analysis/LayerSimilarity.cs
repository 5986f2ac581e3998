using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Analysis;

/// <summary>
/// Cosine similarity of the vectors that one token has at two layers, for every pair of layers: of the vectors as they are, and of their deviations from the layers' means. A mean that all
/// vectors share makes any two of them alike, so it is the centred one that says how much a layer changes.
/// </summary>
/// <remarks>Lawson et al. 2024, section 4.3, give it for neighbouring layers; their code keeps special tokens, as zero vectors, which centring turns alike. Here they are left out.</remarks>
public sealed class LayerSimilarity : ITextSums
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "layer_similarity/1: mean over tokens of cos(x_a, x_b), and of cos(x_a - mean_a, x_b - mean_b), of layers a and b; 0 where one is zero";

    private readonly Matrix _means;
    private readonly (int A, int B)[] _pairs;

    // Of each sequence: its tokens, then for each pair Σ cos, Σ cos², and both again centred.
    private readonly SequenceSums _sums;

    /// <summary>Sums over no tokens.</summary>
    /// <param name="means">[L × d_model] the layers' mean vectors over the same text, of an earlier pass: <see cref="ResidualMoments"/></param>
    /// <exception cref="ArgumentException">There is only one layer.</exception>
    public LayerSimilarity(Matrix means)
    {
        Require.That(means.Rows > 1, "Layers are compared with each other, but there is only one.");
        _means = means;
        _pairs = [.. from a in Enumerable.Range(0, means.Rows) from b in Enumerable.Range(a + 1, means.Rows - a - 1) select (a, b)];
        _sums = new SequenceSums(1 + 4 * _pairs.Length);
    }

    private int LayerCount => _means.Rows;

    /// <inheritdoc/>
    public bool NeedsCodes => false;

    /// <inheritdoc/>
    public void Add(EncodedTokens tokens)
    {
        Require.Equal(tokens.Vectors.Columns, _means.Columns);
        Require.Equal(tokens.Vectors.Rows, tokens.Count * LayerCount);

        // Sums of a sequence are taken in the order of its tokens, whatever the threads.
        var cosines = new Matrix(tokens.Count, 2 * _pairs.Length);
        Workers.ForBlocks(tokens.Count, 16, (start, end) =>
        {
            var centred = new Matrix(LayerCount, _means.Columns);
            for (int token = start; token < end; token++)
            {
                var vectors = tokens.Vectors.RowWindow(token * LayerCount, LayerCount);
                Centre(vectors, centred);
                Cosines(vectors, cosines.Row(token)[.._pairs.Length]);
                Cosines(centred, cosines.Row(token)[_pairs.Length..]);
            }
        });
        for (int token = 0; token < tokens.Count; token++)
        {
            AddCosines(_sums[tokens.SequenceOf(token)], cosines.Row(token));
        }
    }

    /// <summary>What was found.</summary>
    /// <param name="seed">of the bootstrap over sequences</param>
    /// <exception cref="InvalidOperationException">No token was added.</exception>
    public LayerSimilarityResult Result(ulong seed)
    {
        double[] total = _sums.Total();
        if (total[0] == 0)
        {
            throw new InvalidOperationException("There are no vectors: the text has no token that is not special.");
        }

        int count = _pairs.Length;
        int[] adjacent = [.. Enumerable.Range(0, count).Where(p => _pairs[p].B == _pairs[p].A + 1)];
        var estimates = _sums.Estimates(seed, sums =>
        [
            .. Enumerable.Range(0, count).Select(p => sums[1 + p] / sums[0]),
            .. Enumerable.Range(0, count).Select(p => sums[1 + 2 * count + p] / sums[0]),
            adjacent.Average(p => sums[1 + p] / sums[0]),
            adjacent.Average(p => sums[1 + 2 * count + p] / sums[0]),
        ]);
        double Std(int at, int p) => Math.Sqrt(Math.Max(0, total[1 + at + count + p] - total[1 + at + p] * total[1 + at + p] / total[0]) / (total[0] - 1));
        return new LayerSimilarityResult
        {
            LayerCount = LayerCount,
            Tokens = (long)total[0],
            Sequences = _sums.Count,
            Seed = seed,
            Pairs = [.. _pairs.Select((pair, p) => new LayerPairSimilarity(pair.A, pair.B, estimates[p], Std(0, p), estimates[count + p], Std(2 * count, p)))],
            AdjacentRaw = estimates[2 * count],
            AdjacentCentred = estimates[2 * count + 1],
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SaveState() => [_sums.ToTensor("sums"), Tensor.Of("means", _means)];

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        if (!state.ReadFloats("means", _means.Rows, _means.Columns).AsSpan().SequenceEqual(_means.AsSpan()))
        {
            throw new InvalidDataException($"'{state.Path}': tensor 'means' holds other mean vectors than these are centred by.");
        }

        _sums.Restore(state, "sums");
    }

    private void Centre(Matrix vectors, Matrix centred)
    {
        for (int layer = 0; layer < LayerCount; layer++)
        {
            var result = centred.Row(layer);
            vectors.Row(layer).CopyTo(result);
            Kernels.AddScaled(_means.Row(layer), -1, result);
        }
    }

    private void Cosines(Matrix vectors, Span<float> cosines)
    {
        Span<double> norms = stackalloc double[vectors.Rows];
        for (int layer = 0; layer < vectors.Rows; layer++)
        {
            norms[layer] = Math.Sqrt(Kernels.SumOfSquares(vectors.Row(layer)));
        }

        for (int p = 0; p < _pairs.Length; p++)
        {
            var (a, b) = _pairs[p];
            double product = norms[a] * norms[b];
            cosines[p] = product == 0 ? 0 : (float)(Kernels.Dot(vectors.Row(a), vectors.Row(b)) / product);
        }
    }

    private void AddCosines(double[] sums, ReadOnlySpan<float> cosines)
    {
        sums[0]++;
        for (int i = 0; i < cosines.Length; i++)
        {
            int at = 1 + i + (i < _pairs.Length ? 0 : _pairs.Length);
            sums[at] += cosines[i];
            sums[at + _pairs.Length] += (double)cosines[i] * cosines[i];
        }
    }
}

/// <summary>How alike the vectors of two layers are.</summary>
/// <param name="A">the earlier layer</param>
/// <param name="B">the later one</param>
/// <param name="Raw">mean cosine; interval over sequences</param>
/// <param name="RawStd">sample standard deviation over tokens</param>
/// <param name="Centred">mean cosine of the deviations from the layers' means; interval over sequences</param>
/// <param name="CentredStd">sample standard deviation over tokens</param>
public sealed record LayerPairSimilarity(int A, int B, Estimate Raw, double RawStd, Estimate Centred, double CentredStd);

/// <summary>What <see cref="LayerSimilarity"/> found.</summary>
public sealed record LayerSimilarityResult
{
    /// <inheritdoc cref="LayerSimilarity.Definition"/>
    public string Definition { get; init; } = LayerSimilarity.Definition;

    /// <summary>L.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Tokens that it is over.</summary>
    public required long Tokens { get; init; }

    /// <summary>Sequences that intervals are over.</summary>
    public required int Sequences { get; init; }

    /// <summary>Seed of the bootstrap.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Every pair of layers, the earlier one first.</summary>
    public required IReadOnlyList<LayerPairSimilarity> Pairs { get; init; }

    /// <summary>Mean over neighbouring layers of the mean cosine.</summary>
    public required Estimate AdjacentRaw { get; init; }

    /// <summary>The same of centred vectors.</summary>
    public required Estimate AdjacentCentred { get; init; }
}

using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Analysis;

/// <summary>
/// How the activations of every latent spread over the layers: how often, and how strongly in sum, latent j was active at layer l.
/// Filled batch by batch from codes; sums are 64-bit, so that they are exact over any number of tokens.
/// </summary>
/// <remarks>Lawson et al. 2024, section 3. The published code sums in 32 bits, and counts a value that TopK kept although it is not positive.</remarks>
public sealed class LayerDistributions : ITextSums
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "layer_distributions/1: counts and totals of values above the threshold by layer and latent; p_j(l) = totals[l, j] / sum_l totals[l, j]";

    /// <summary>The threshold of the published code, which counts and sums every value that TopK kept.</summary>
    public const float PublishedThreshold = float.NegativeInfinity;

    private readonly int[] _layersOfToken;

    /// <summary>Distributions over no tokens.</summary>
    /// <param name="layerCount">L</param>
    /// <param name="latentCount">n_latents</param>
    /// <param name="threshold">a latent is active where its value is greater</param>
    public LayerDistributions(int layerCount, int latentCount, float threshold = L0.ActiveAbove)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(layerCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(latentCount);
        (LayerCount, LatentCount, Threshold) = (layerCount, latentCount, threshold);
        Counts = new long[checked(layerCount * latentCount)];
        Totals = new double[Counts.Length];
        PairsByLayers = new SequenceSums(layerCount + 1);
        _layersOfToken = new int[latentCount];
    }

    /// <inheritdoc/>
    public bool NeedsCodes => true;

    /// <summary>L.</summary>
    public int LayerCount { get; }

    /// <summary>n_latents.</summary>
    public int LatentCount { get; }

    /// <summary>A latent is active where its value is greater.</summary>
    public float Threshold { get; }

    /// <summary>Tokens added so far; each has L vectors.</summary>
    public long Tokens { get; private set; }

    /// <summary>[L × n_latents] tokens at which the latent was active at the layer.</summary>
    public long[] Counts { get; }

    /// <summary>[L × n_latents] sum of the latent's values at the layer, where it was active.</summary>
    public double[] Totals { get; }

    /// <summary>[sequences][L + 1] how many (token, latent) pairs of each sequence were active at exactly this many layers of that token; entry 0 stays 0.</summary>
    public SequenceSums PairsByLayers { get; }

    /// <inheritdoc/>
    public void Add(EncodedTokens tokens) => Add(tokens.Codes, tokens.SequenceOf);

    /// <summary>Adds the codes of some tokens of one sequence.</summary>
    /// <param name="codes">[tokens · L rows] row t·L + l is token t at layer l</param>
    /// <param name="sequence">which sequence they belong to: the unit of intervals</param>
    /// <exception cref="ArgumentException">The rows are no multiple of L, a latent is out of range, or a value is NaN.</exception>
    public void Add(SparseRows codes, int sequence = 0) => Add(codes, _ => sequence);

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SaveState() =>
    [
        Tensor.Of("counts", Counts, LayerCount, LatentCount),
        Tensor.Of("totals", Totals, LayerCount, LatentCount),
        PairsByLayers.ToTensor("pairs_by_layers"),
        Tensor.Of("tokens", [Tokens], 1),
    ];

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        long[] counts = state.ReadLongs("counts", LayerCount, LatentCount);
        double[] totals = state.ReadDoubles("totals", LayerCount, LatentCount);
        Tokens = state.ReadLongs("tokens", 1)[0];
        PairsByLayers.Restore(state, "pairs_by_layers");
        counts.CopyTo(Counts, 0);
        totals.CopyTo(Totals, 0);
    }

    /// <summary>[L] p_j(l): the share of latent j's total at each layer; NaN at every layer for a dead latent.</summary>
    public double[] Probabilities(int latent)
    {
        double total = Total(latent);
        return [.. Enumerable.Range(0, LayerCount).Select(layer => Totals[layer * LatentCount + latent] / total)];
    }

    /// <summary>Sum over layers of the latent's counts.</summary>
    public long Count(int latent) => Enumerable.Range(0, LayerCount).Sum(layer => Counts[layer * LatentCount + latent]);

    /// <summary>Sum over layers of the latent's totals.</summary>
    public double Total(int latent) => Enumerable.Range(0, LayerCount).Sum(layer => Totals[layer * LatentCount + latent]);

    /// <summary>At how many layers a latent was active on at least so many tokens.</summary>
    public int LayersWithAtLeast(int latent, long tokens) => Enumerable.Range(0, LayerCount).Count(layer => Counts[layer * LatentCount + latent] >= tokens);

    /// <summary>The moments over layers of one latent.</summary>
    public LatentLayers Latent(int latent)
    {
        Require.Within(latent, 1, LatentCount);
        return LatentLayers.Of(latent, [.. Column(Counts, latent)], [.. Column(Totals, latent)]);
    }

    /// <summary>The moments over layers of every latent, in the order of the latents; dead ones with NaN.</summary>
    public LatentLayers[] Latents()
    {
        var latents = new LatentLayers[LatentCount];
        Workers.For(LatentCount, latent => latents[latent] = Latent(latent));
        return latents;
    }

    private void Add(SparseRows codes, Func<int, int> sequenceOf)
    {
        Require.That(codes.Rows % LayerCount == 0, $"The codes have {codes.Rows} rows, which is no multiple of {LayerCount} layers.");
        for (int token = 0; token < codes.Rows / LayerCount; token++)
        {
            for (int layer = 0; layer < LayerCount; layer++)
            {
                AddRow(layer, codes.RowIndices(token * LayerCount + layer), codes.RowValues(token * LayerCount + layer));
            }

            CountPairs(codes, token, PairsByLayers[sequenceOf(token)]);
            Tokens++;
        }
    }

    private IEnumerable<T> Column<T>(T[] table, int latent) => Enumerable.Range(0, LayerCount).Select(layer => table[layer * LatentCount + latent]);

    private void AddRow(int layer, ReadOnlySpan<int> latents, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < latents.Length; i++)
        {
            Require.That(!float.IsNaN(values[i]), "A code holds NaN.");
            Require.Within(latents[i], 1, LatentCount);
            if (values[i] > Threshold)
            {
                Counts[layer * LatentCount + latents[i]]++;
                Totals[layer * LatentCount + latents[i]] += values[i];
                _layersOfToken[latents[i]]++;
            }
        }
    }

    /// <summary>Counts the latents of one token by the layers at which they are active, and clears what was noted of it.</summary>
    private void CountPairs(SparseRows codes, int token, double[] pairsByLayers)
    {
        int first = codes.Start(token * LayerCount), end = codes.Start((token + 1) * LayerCount);
        foreach (int latent in codes.Indices.AsSpan(first, end - first))
        {
            if (_layersOfToken[latent] > 0)
            {
                pairsByLayers[_layersOfToken[latent]]++;
                _layersOfToken[latent] = 0;
            }
        }
    }
}

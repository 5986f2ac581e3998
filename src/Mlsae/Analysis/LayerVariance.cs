using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Analysis;

/// <summary>
/// Decomposes the variance of the layer index by the law of total variance: how much of it is within a latent, over all tokens, and how much is left within one (latent, token) pair.
/// Lawson et al. 2024 find the first about two orders of magnitude larger than the second: a latent lives at many layers, but on one token at few.
/// </summary>
/// <remarks>
/// A pair has shares q(l) = h(l) / Σ h of its latent's values over the layers. In the normalised decompositions pairs are drawn with weights: their mass Σ h, or 1 each. The published code takes
/// plain means over all tokens and latents of each batch instead, where an inactive pair has no mass, so its terms are scaled by how often latents are active, and its total is no variance.
/// </remarks>
public sealed class LayerVariance : ITextSums
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition =
        "layer_variance/1: V(L), E V(L | latent), E V(L | latent, token), pairs weighted by their activation over all layers, or equally; published: means over latents and tokens of each sequence, means of its ratios";

    /// <summary>Parts of the text that intervals are over, at most; fewer for dictionaries so large that these would take too much memory.</summary>
    private const int MostBlocks = 64;
    private const int FewestBlocks = 16;
    private const long BytesOfBlocks = 128L << 20;

    private readonly int _layerCount;
    private readonly int _latentCount;
    private readonly Block[] _blocks;
    private readonly LayerVarianceNull _null;
    private readonly LayerPairs _pairs;

    // For each sequence its tokens and the published terms: the published code's batches are sequences.
    private readonly SequenceSums _published = new(4);
    private long _tokens;

    /// <summary>Sums over no tokens.</summary>
    /// <param name="layerCount">L</param>
    /// <param name="latentCount">n_latents</param>
    /// <param name="permutations">shuffles of the layers that the null distribution is made of; 0 for none</param>
    /// <param name="seed">of the shuffles and the bootstrap</param>
    public LayerVariance(int layerCount, int latentCount, int permutations = LayerVarianceNull.DefaultPermutations, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(layerCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(latentCount);
        (_layerCount, _latentCount, Seed) = (layerCount, latentCount, seed);
        _blocks = new Block[(int)Math.Clamp(BytesOfBlocks / (latentCount * 48L), FewestBlocks, MostBlocks)];
        for (int i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = new Block(latentCount);
        }

        _pairs = new LayerPairs(layerCount, latentCount);
        _null = new LayerVarianceNull(layerCount, latentCount, permutations, seed);
    }

    /// <summary>Seed of the shuffles and the bootstrap.</summary>
    public ulong Seed { get; }

    /// <inheritdoc/>
    public bool NeedsCodes => true;

    /// <inheritdoc/>
    public void Add(EncodedTokens tokens)
    {
        int token = 0;
        while (token < tokens.Count)
        {
            int sequence = tokens.SequenceOf(token), end = token + 1;
            while (end < tokens.Count && tokens.SequenceOf(end) == sequence)
            {
                end++;
            }

            AddSequence(tokens.Codes, token, end, sequence);
            token = end;
        }
    }

    /// <summary>Adds the tokens of one sequence, all at once.</summary>
    /// <param name="codes">[tokens · L rows] row t·L + l is token t at layer l</param>
    /// <param name="sequence">which sequence of the text it is</param>
    public void AddSequence(SparseRows codes, int sequence) => AddSequence(codes, 0, codes.Rows / _layerCount, sequence);

    /// <summary>The decomposition of all that was added.</summary>
    /// <exception cref="InvalidOperationException">No latent was active anywhere.</exception>
    public LayerVarianceResult Result()
    {
        Block[] filled = [.. _blocks.Where(block => block.Pairs.Weights.Any(weight => weight > 0))];
        if (filled.Length == 0)
        {
            throw new InvalidOperationException("No latent was active on any token, so the layers of activations have no variance.");
        }

        return new LayerVarianceResult
        {
            LayerCount = _layerCount,
            LatentCount = _latentCount,
            Tokens = _tokens,
            Blocks = filled.Length,
            Seed = Seed,
            ByMass = Decompose(filled, block => block.Mass),
            ByPair = Decompose(filled, block => block.Pairs),
            Published = PublishedDecomposition(),
            Null = _null.Result(),
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SaveState() =>
    [
        Tensor.Of("tokens", [_tokens], 1),
        _published.ToTensor("published"),
        .. _blocks.SelectMany((block, i) => block.Mass.SaveState($"mass.{i}.").Concat(block.Pairs.SaveState($"pairs.{i}."))),
        .. _null.SaveState("null."),
    ];

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        _tokens = state.ReadLongs("tokens", 1)[0];
        _published.Restore(state, "published");
        for (int i = 0; i < _blocks.Length; i++)
        {
            _blocks[i].Mass.RestoreState(state, $"mass.{i}.");
            _blocks[i].Pairs.RestoreState(state, $"pairs.{i}.");
        }

        _null.RestoreState(state, "null.");
    }

    private void AddSequence(SparseRows codes, int first, int end, int sequence)
    {
        Require.That(codes.Rows % _layerCount == 0, $"The codes have {codes.Rows} rows, which is no multiple of {_layerCount} layers.");
        var block = _blocks[sequence % _blocks.Length];
        var own = new LayerMoments(_latentCount);
        for (int token = first; token < end; token++)
        {
            _pairs.Load(codes, token);
            for (int pair = 0; pair < _pairs.Count; pair++)
            {
                // Values that cancel, as only codes before ReLU have them, have no shares.
                double mass = _pairs.Mass(pair);
                if (mass != 0)
                {
                    var (mean, square) = _pairs.Moments(pair);
                    block.Mass.Add(_pairs.Latent(pair), mass, mean, square);
                    own.Add(_pairs.Latent(pair), 1, mean, square);
                }
            }

            _null.Add(_pairs);
            _tokens++;
        }

        block.Pairs.Add(own);
        var (total, withinLatent, withinToken) = own.PublishedTerms(end - first);
        double[] published = _published[sequence];
        (published[0], published[1], published[2], published[3]) = (end - first, total, withinLatent, withinToken);
    }

    private VarianceDecomposition Decompose(Block[] blocks, Func<Block, LayerMoments> choose)
    {
        var estimates = Bootstrap.Estimates(blocks.Length, Seed, drawn =>
        {
            var all = new LayerMoments(_latentCount);
            foreach (var block in drawn.CountBy(i => i))
            {
                all.Add(choose(blocks[block.Key]), block.Value);
            }

            var terms = all.Terms();
            return [terms.Total, terms.WithinLatent, terms.WithinToken, .. terms.Shares()];
        });
        return VarianceDecomposition.Of(estimates);
    }

    /// <summary>Means of the terms over sequences, and means of the shares of each sequence that has them.</summary>
    private VarianceDecomposition PublishedDecomposition()
    {
        var terms = Enumerable.Range(0, _published.Count).Select(sequence => _published[sequence]).Where(of => of[0] > 0)
            .Select(of => new VarianceTerms(of[1], of[2], of[3])).ToArray();
        double[][] values = [.. terms.Select(of => (double[])[of.Total, of.WithinLatent, of.WithinToken, .. of.Shares()])];
        return VarianceDecomposition.Of(Bootstrap.Estimates(values.Length, Seed, drawn =>
            [.. Enumerable.Range(0, 6).Select(i => drawn.Select(sequence => values[sequence][i]).Where(value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Average())]));
    }

    private sealed class Block(int latentCount)
    {
        public LayerMoments Mass { get; } = new(latentCount);

        public LayerMoments Pairs { get; } = new(latentCount);
    }
}

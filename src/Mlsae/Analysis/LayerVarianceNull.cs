using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Analysis;

/// <summary>
/// The decomposition of the layer's variance as it would be if layers meant nothing: the layer labels of each token's vectors are shuffled, the same for all its latents, many times over.
/// Which latents are active together, and at how many layers of a token, stays as it is. Taken on the first tokens of the text, where the observed value is taken too.
/// </summary>
internal sealed class LayerVarianceNull
{
    /// <summary>Shuffles where nothing is said.</summary>
    public const int DefaultPermutations = 100;

    /// <summary>Tokens that the null distribution is made of: enough for a narrow one, few enough for its cost not to matter.</summary>
    public const int MostTokens = 16_384;

    private readonly int _layerCount;
    private readonly ulong _seed;
    private readonly int[] _order;

    // The layers as they are, then each shuffle.
    private readonly LayerMoments[] _moments;
    private long _tokens;

    public LayerVarianceNull(int layerCount, int latentCount, int permutations, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(permutations);
        (_layerCount, _seed) = (layerCount, seed);
        _order = new int[layerCount];
        _moments = [.. Enumerable.Range(0, permutations == 0 ? 0 : permutations + 1).Select(_ => new LayerMoments(latentCount))];
    }

    /// <summary>Adds the pairs of the next token.</summary>
    public void Add(LayerPairs pairs)
    {
        if (_tokens >= MostTokens || _moments.Length == 0)
        {
            return;
        }

        var random = new Philox(_seed, "layer labels", (ulong)_tokens);
        for (int shuffle = 0; shuffle < _moments.Length; shuffle++)
        {
            for (int layer = 0; layer < _layerCount; layer++)
            {
                _order[layer] = layer;
            }

            if (shuffle > 0)
            {
                random.Shuffle<int>(_order);
            }

            for (int pair = 0; pair < pairs.Count; pair++)
            {
                double mass = pairs.Mass(pair);
                if (mass != 0)
                {
                    var (mean, square) = pairs.Moments(pair, _order);
                    _moments[shuffle].Add(pairs.Latent(pair), mass, mean, square);
                }
            }
        }

        _tokens++;
    }

    /// <summary>The null distributions of the shares; null where no shuffle was asked for.</summary>
    public LayerVarianceNullResult? Result()
    {
        if (_moments.Length == 0)
        {
            return null;
        }

        double[][] shares = [.. _moments.Select(moments => moments.Terms().Shares())];
        NullDistribution Of(int share) => NullDistribution.Of([.. shares.Select(of => of[share])]);
        return new LayerVarianceNullResult(_tokens, _moments.Length - 1, Of(0), Of(1), Of(2));
    }

    public IEnumerable<Tensor> SaveState(string prefix) =>
        _moments.SelectMany((moments, i) => moments.SaveState($"{prefix}{i}.")).Append(Tensor.Of(prefix + "tokens", [_tokens], 1));

    public void RestoreState(ITensorSource state, string prefix)
    {
        _tokens = state.ReadLongs(prefix + "tokens", 1)[0];
        for (int i = 0; i < _moments.Length; i++)
        {
            _moments[i].RestoreState(state, $"{prefix}{i}.");
        }
    }
}

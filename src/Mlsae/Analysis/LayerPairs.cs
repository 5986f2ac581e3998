using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>The latents of one token with their values at every layer: its (token, latent) pairs. Holds one token at a time, in storage that is used again.</summary>
internal sealed class LayerPairs
{
    private readonly int _layerCount;
    private readonly int[] _placeOfLatent;
    private readonly List<int> _latents = [];
    private float[] _values = [];

    /// <param name="layerCount">L</param>
    /// <param name="latentCount">n_latents</param>
    public LayerPairs(int layerCount, int latentCount)
    {
        _layerCount = layerCount;
        _placeOfLatent = new int[latentCount];
        Array.Fill(_placeOfLatent, -1);
    }

    /// <summary>Pairs of the token.</summary>
    public int Count => _latents.Count;

    /// <summary>The latent of a pair.</summary>
    public int Latent(int pair) => _latents[pair];

    /// <summary>[L] The values of a pair, 0 where the latent was not kept; of codes before ReLU also negative ones.</summary>
    public ReadOnlySpan<float> Values(int pair) => _values.AsSpan(pair * _layerCount, _layerCount);

    /// <summary>Takes another token.</summary>
    /// <param name="codes">[tokens · L rows] row t·L + l is token t at layer l</param>
    /// <param name="token">which</param>
    public void Load(SparseRows codes, int token)
    {
        foreach (int latent in _latents)
        {
            _placeOfLatent[latent] = -1;
        }

        _latents.Clear();
        for (int layer = 0; layer < _layerCount; layer++)
        {
            var latents = codes.RowIndices(token * _layerCount + layer);
            var values = codes.RowValues(token * _layerCount + layer);
            for (int i = 0; i < latents.Length; i++)
            {
                if (values[i] != 0)
                {
                    // Before the storage is named, which a new place may replace.
                    int place = PlaceOf(latents[i]);
                    _values[place * _layerCount + layer] = values[i];
                }
            }
        }
    }

    /// <summary>Σ of a pair's values.</summary>
    public double Mass(int pair)
    {
        double mass = 0;
        foreach (float value in Values(pair))
        {
            mass += value;
        }

        return mass;
    }

    /// <summary>E l and E l² under the shares q(l) = value(l) / Σ values.</summary>
    /// <param name="pair">which pair</param>
    /// <param name="order">[L] which layer each value is taken to be of; empty for its own</param>
    public (double Mean, double Square) Moments(int pair, ReadOnlySpan<int> order = default)
    {
        double mass = 0, mean = 0, square = 0;
        var values = Values(pair);
        for (int l = 0; l < values.Length; l++)
        {
            double value = values[l], layer = order.IsEmpty ? l : order[l];
            mass += value;
            mean += layer * value;
            square += layer * layer * value;
        }

        return (mean / mass, square / mass);
    }

    /// <summary>Where a latent's values lie; a latent that comes for the first time gets the next place, cleared.</summary>
    private int PlaceOf(int latent)
    {
        if (_placeOfLatent[latent] < 0)
        {
            int place = _placeOfLatent[latent] = _latents.Count;
            _latents.Add(latent);
            if (_values.Length < _latents.Count * _layerCount)
            {
                Array.Resize(ref _values, Math.Max(_latents.Count, 2 * place) * _layerCount);
            }

            _values.AsSpan(place * _layerCount, _layerCount).Clear();
        }

        return _placeOfLatent[latent];
    }
}

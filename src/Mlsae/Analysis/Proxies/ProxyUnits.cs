using Mlsae.Analysis.Units;
using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Proxies;

/// <summary>A unit at a layer: a latent, or a dimension of the basis.</summary>
/// <param name="Layer">the layer, from 0</param>
/// <param name="Index">which latent or dimension, from 0</param>
/// <param name="Negative">of a dimension: whether its values are taken times −1</param>
public readonly record struct ProxyUnit(int Layer, int Index, bool Negative = false);

/// <summary>Sums over tokens of every latent and every dimension at every layer with the signal of each proxy: which unit goes with a proxy best.</summary>
public sealed class ProxyUnits
{
    private readonly int _layers;
    private readonly int _latents;
    private readonly int _width;
    private readonly LatentPairs _latentPairs;
    private readonly DenseProducts _dimensionProducts;
    private readonly UnitMoments _latentMoments;
    private readonly UnitMoments _dimensionMoments;
    private readonly UnitMoments _signals;

    /// <summary>Sums over no tokens.</summary>
    /// <param name="proxies">how many proxies</param>
    /// <param name="layers">L</param>
    /// <param name="latents">n_latents</param>
    /// <param name="width">d_model</param>
    public ProxyUnits(int proxies, int layers, int latents, int width)
    {
        (_layers, _latents, _width) = (layers, latents, width);
        _latentPairs = new LatentPairs(proxies, checked(layers * latents));
        _dimensionProducts = new DenseProducts(proxies, layers * width);
        _latentMoments = new UnitMoments(layers * latents);
        _dimensionMoments = new UnitMoments(layers * width);
        _signals = new UnitMoments(proxies);
    }

    /// <summary>Adds tokens.</summary>
    /// <param name="signals">[tokens] of each token the proxies whose signal is not 0</param>
    /// <param name="codes">[tokens · L rows] row t·L + l is token t at layer l</param>
    /// <param name="vectors">[tokens · L × d_model]</param>
    /// <exception cref="ArgumentException">They are of other numbers of tokens.</exception>
    public void Add(SparseRows signals, SparseRows codes, Matrix vectors)
    {
        Require.Equal(codes.Rows, signals.Rows * _layers);
        Require.Equal(vectors.Rows, codes.Rows);
        var byToken = ByToken(codes, signals.Rows);
        var dimensions = vectors.Reshape(signals.Rows, _layers * _width);
        _latentPairs.Add(signals, byToken);
        _dimensionProducts.Add(signals, dimensions);
        _latentMoments.Add(byToken);
        _dimensionMoments.Add(dimensions);
        _signals.Add(signals);
    }

    /// <summary>The latent whose activation, at its best layer, correlates most with a proxy; of equal ones the first. Null where none is ever active with it.</summary>
    public (ProxyUnit Unit, double Correlation)? BestLatent(int proxy)
    {
        var pairs = _latentPairs.Of(proxy).Select(pair => (pair.Second, Value: _signals.Correlation(proxy, _latentMoments, pair.Second, pair.Products))).ToArray();
        if (pairs.Length == 0)
        {
            return null;
        }

        var (unit, correlation) = pairs.MaxBy(pair => pair.Value);
        return (new ProxyUnit(unit / _latents, unit % _latents), correlation);
    }

    /// <summary>The dimension, upwards or downwards, that correlates most with a proxy; of equal ones the first.</summary>
    public (ProxyUnit Unit, double Correlation) BestDimension(int proxy)
    {
        var products = new double[_layers * _width];
        _dimensionProducts.Read(proxy, products);
        var (unit, correlation) = products.Select((product, i) => (Unit: i, Value: _signals.Correlation(proxy, _dimensionMoments, i, product))).MaxBy(of => Math.Abs(of.Value));
        return (new ProxyUnit(unit / _width, unit % _width, correlation < 0), Math.Abs(correlation));
    }

    /// <summary>Tokens at which a proxy's signal is not 0.</summary>
    public long Signalled(int proxy) => _signals.Fired[proxy];

    /// <summary>[tokens] The codes of a token's layers as one row of L·n_latents.</summary>
    private SparseRows ByToken(SparseRows codes, int tokens)
    {
        var rows = new SparseRows([.. Enumerable.Range(0, tokens).Select(token => codes.Start((token + 1) * _layers) - codes.Start(token * _layers))]);
        for (int row = 0; row < codes.Rows; row++)
        {
            for (int entry = codes.Start(row); entry < codes.Start(row + 1); entry++)
            {
                // Layers of a token follow each other, so entries keep their places.
                rows.Indices[entry] = row % _layers * _latents + codes.Indices[entry];
                rows.Values[entry] = codes.Values[entry];
            }
        }

        return rows;
    }
}

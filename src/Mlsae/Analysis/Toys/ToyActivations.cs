using MathNet.Numerics.Distributions;
using Mlsae.Activations;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Analysis.Toys;

/// <summary>
/// A stream of tokens in which known features are active: x at layer l = Σ c·(feature's direction at l) over the active features that live there, plus noise, each c uniform in [0, 1) and the same at
/// every layer. It never ends, and token t is a function of seed and t alone.
/// </summary>
public abstract class ToyActivations : IActivationStream
{
    /// <summary>Rank of the random covariance of the correlated mode: features correlate by about 1/√rank in absolute value.</summary>
    private const int CovarianceRank = 8;

    private const int TokenBlock = 32;

    private readonly ToyConfig _config;
    private readonly double[] _probabilities;
    private readonly double[] _thresholds;
    private readonly Matrix _loadings;

    /// <summary>A stream over given features, at its first token.</summary>
    private protected ToyActivations(ToyConfig config, int layerCount, IReadOnlyList<ToyFeature> features)
    {
        (_config, LayerCount, Features) = (config, layerCount, features);
        _probabilities = config.Probabilities();
        _thresholds = [.. _probabilities.Select(p => Normal.InvCDF(0, 1, p))];
        _loadings = new Matrix(features.Count, CovarianceRank);
        for (int i = 0; i < features.Count; i++)
        {
            UnitDirection(config.Seed, "toy.loadings", i, _loadings.Row(i));
        }
    }

    /// <inheritdoc/>
    public int LayerCount { get; }

    /// <inheritdoc/>
    public int ModelDim => _config.ModelDim;

    /// <summary>The true features.</summary>
    public IReadOnlyList<ToyFeature> Features { get; }

    /// <summary>The number of the token that is read next. Setting it moves the stream there.</summary>
    public long Position { get; set; }

    /// <summary>The stream that a configuration describes.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public static ToyActivations Open(ToyConfig config) => config is LayeredToyConfig layered ? new LayeredToy(layered) : new ToySuperposition(config);

    /// <inheritdoc/>
    public int Read(Matrix destination)
    {
        int tokens = ActivationRows.Capacity(this, destination);
        long first = Position;
        Workers.ForBlocks(tokens, TokenBlock, (start, end) =>
        {
            for (int token = start; token < end; token++)
            {
                Write(first + token, destination.RowWindow(token * LayerCount, LayerCount));
            }
        });
        Position += tokens;
        return tokens;
    }

    /// <summary>Which features are active at a token, and how strongly.</summary>
    /// <param name="token">0 ..</param>
    public IReadOnlyList<(int Feature, float Coefficient)> ActiveAt(long token)
    {
        var random = new Philox(_config.Seed, "toy.token", (ulong)token);
        var active = new List<(int, float)>();
        while (active.Count == 0)
        {
            if (_config.Correlated)
            {
                DrawCorrelated(random, active);
            }
            else
            {
                DrawIndependent(random, active);
            }
        }

        return active;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SaveState() => [Tensor.Of("toy.position", new[] { Position }.AsSpan(), 1)];

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        long position = state.ReadLongs("toy.position", 1)[0];
        ActivationRows.CheckState(position >= 0, state, "toy.position", "is negative");
        Position = position;
    }

    /// <inheritdoc/>
    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>A direction drawn uniformly from the sphere.</summary>
    /// <param name="seed">of the toy</param>
    /// <param name="purpose">what the direction is for</param>
    /// <param name="index">which one</param>
    /// <param name="direction">Overwritten.</param>
    /// <param name="nonNegative">whether negative components are set to zero before it is brought to norm 1</param>
    private protected static void UnitDirection(ulong seed, string purpose, int index, Span<float> direction, bool nonNegative = false)
    {
        var random = new Philox(seed, purpose, (ulong)index);
        do
        {
            random.FillGaussian(direction, 1);
            if (nonNegative)
            {
                Kernels.Relu(direction, direction);
            }
        }
        while (Kernels.SumOfSquares(direction) == 0);

        Kernels.NormalizeRow(direction);
    }

    private void DrawIndependent(Philox random, List<(int, float)> active)
    {
        for (int i = 0; i < _probabilities.Length; i++)
        {
            if (random.NextSingle() < _probabilities[i])
            {
                active.Add((i, random.NextSingle()));
            }
        }
    }

    /// <summary>Feature i is active where a normal number falls below the quantile of its probability; the numbers of all features have a covariance of low rank.</summary>
    private void DrawCorrelated(Philox random, List<(int, float)> active)
    {
        Span<float> factors = stackalloc float[CovarianceRank];
        random.FillGaussian(factors, 1);
        for (int i = 0; i < _thresholds.Length; i++)
        {
            if (Kernels.Dot(factors, _loadings.Row(i)) < _thresholds[i])
            {
                active.Add((i, random.NextSingle()));
            }
        }
    }

    private void Write(long token, Matrix layers)
    {
        layers.Fill(0);
        foreach (var (index, coefficient) in ActiveAt(token))
        {
            var feature = Features[index];
            for (int layer = feature.FirstLayer; layer <= feature.LastLayer; layer++)
            {
                Kernels.AddScaled(feature.Directions.Row(layer), coefficient, layers.Row(layer));
            }
        }

        if (_config.Noise > 0)
        {
            AddNoise(new Philox(_config.Seed, "toy.noise", (ulong)token), layers);
        }
    }

    private void AddNoise(Philox random, Matrix layers)
    {
        for (int layer = 0; layer < layers.Rows; layer++)
        {
            foreach (ref float value in layers.Row(layer))
            {
                value += (float)(_config.Noise * random.NextGaussian());
            }
        }
    }
}

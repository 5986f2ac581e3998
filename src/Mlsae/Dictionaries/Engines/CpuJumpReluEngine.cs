using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>
/// Trains a JumpReLU dictionary: z = a·H(a − θ), a = W_e (x − b) + b_e; the loss is the error's plus λ times the mean over vectors of the number of active latents. Rajamanoharan et al. 2024b.
/// </summary>
/// <remarks>
/// Both terms jump where a = θ, so θ's gradient is an estimate: with K the rectangle of width 1 and height 1, ∂z/∂θ is taken as −(θ/ε)·K((a − θ)/ε) and ∂H/∂θ as −(1/ε)·K((a − θ)/ε)
/// (equations 11 and 12). Of a the gradient is exact: that of z where a exceeds θ.
/// </remarks>
public sealed class CpuJumpReluEngine : CpuSparsityEngine
{
    private const string ThresholdName = "threshold";

    private readonly JumpReluConfig _config;
    private readonly SparseRows _candidates = new(0, 0);
    private readonly SparseRows _near = new(0, 0);
    private readonly LatentIndex _nearIndex;
    private readonly float[] _lowest;
    private readonly Func<int, float, float> _activeValue;
    private readonly Func<int, float, float> _nearValue;

    /// <summary>An engine with fresh parameters.</summary>
    /// <param name="config">what to train</param>
    /// <param name="layerCount">vectors of each token, L; 1 for a crosscoder</param>
    /// <exception cref="ArgumentException">A value of the configuration is out of range.</exception>
    public CpuJumpReluEngine(JumpReluConfig config, int layerCount)
        : base(config, layerCount, ThresholdName)
    {
        _config = config;
        _nearIndex = new LatentIndex(config.LatentCount);
        _lowest = new float[config.LatentCount];
        (_activeValue, _nearValue) = (ActiveValue, NearValue);
        Array.Fill(Thresholds, StartOf(ThresholdName));
    }

    /// <summary>[n_latents] θ.</summary>
    private float[] Thresholds => Parameters.PerLatent[ThresholdName].Values;

    /// <inheritdoc/>
    private protected override SparseDictionary Dictionary(bool copy) => Dictionary(copy, Parameters.Encoder, Thresholds);

    /// <summary>One pass over the encoder finds what is active and what is near its threshold.</summary>
    private protected override void Encode()
    {
        for (int latent = 0; latent < _lowest.Length; latent++)
        {
            _lowest[latent] = Thresholds[latent] - (float)(_config.Bandwidth / 2);
        }

        Kernels.EncodeAbove(Buffers.Input, Parameters.Encoder, EncoderBias, _lowest, _candidates);
        Codes.SetFrom(_candidates, _activeValue);
    }

    /// <inheritdoc/>
    private protected override double SparsityOf(ReadOnlySpan<float> values) => Sparsity * CountAbove(values, 0);

    /// <inheritdoc/>
    private protected override void Index()
    {
        base.Index();
        _near.SetFrom(_candidates, _nearValue);
        _nearIndex.Build(_near);
    }

    /// <inheritdoc/>
    private protected override float GatherGradients(int latent, LatentGradients rows)
    {
        double sum = 0;
        foreach (int row in _nearIndex.Rows(latent))
        {
            sum += Kernels.Dot(Buffers.Gradient.Row(row), Parameters.Decoder.Row(latent));
        }

        GradientOf(ThresholdName)[latent] = (float)(-(Thresholds[latent] * sum + SparsityWeight * _nearIndex.Count(latent)) / _config.Bandwidth);
        return base.GatherGradients(latent, rows);
    }

    /// <inheritdoc/>
    private protected override void UpdateLatent(int latent, LatentGradients rows)
    {
        base.UpdateLatent(latent, rows);

        // A code's values are at least 0: below a threshold of 0 it would have negative ones.
        Thresholds[latent] = MathF.Max(0, Thresholds[latent]);
    }

    /// <inheritdoc/>
    private protected override float StartOf(string name) => name == ThresholdName ? (float)_config.InitialThreshold : base.StartOf(name);

    /// <inheritdoc/>
    private protected override void ImportPerLatent(SparseDictionary dictionary)
    {
        base.ImportPerLatent(dictionary);
        if (dictionary is ThresholdDictionary { Thresholds: var thresholds })
        {
            thresholds.CopyTo(Thresholds, 0);
        }
    }

    private float ActiveValue(int latent, float preActivation) => preActivation <= Thresholds[latent] ? 0 : preActivation;

    /// <summary>1 within half a bandwidth of the threshold; the index that counts these has no use for the value.</summary>
    private float NearValue(int latent, float preActivation) => preActivation < Thresholds[latent] + (float)(_config.Bandwidth / 2) ? 1 : 0;
}

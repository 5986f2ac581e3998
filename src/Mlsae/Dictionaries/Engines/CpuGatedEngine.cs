using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>
/// Trains a gated dictionary: with u = W (x − b), gates π = u + b_g and magnitudes a = exp(r)·u + b_m, z = a where both are positive. Rajamanoharan et al. 2024a.
/// </summary>
/// <remarks>
/// The loss is the error's, plus λ times the mean over vectors of Σ ReLU(π), plus the error of what ReLU(π) alone reconstructs through the decoder and pre-bias, which that last term does not
/// move (equation 8). The exported dictionary needs no gates: π &gt; 0 where exp(r)·u + b_m exceeds b_m − exp(r)·b_g.
/// </remarks>
public sealed class CpuGatedEngine : CpuSparsityEngine
{
    private const string GateBiasName = "gate_bias";
    private const string LogScaleName = "log_scale";

    [ThreadStatic]
    private static float[]? _unwanted;

    private readonly SparseRows _gates = new(0, 0);
    private readonly LatentIndex _gateIndex;
    private readonly float[] _scales;
    private readonly float[] _magnitudeGradients;
    private readonly Func<int, float, float> _magnitude;
    private readonly Action<int> _frozenRows;
    private Matrix _frozenGradient;
    private Matrix _frozenGradientParts;
    private double[] _frozenLosses = [];

    /// <summary>An engine with fresh parameters.</summary>
    /// <param name="config">what to train</param>
    /// <param name="layerCount">vectors of each token, L; 1 for a crosscoder</param>
    /// <exception cref="ArgumentException">A value of the configuration is out of range.</exception>
    public CpuGatedEngine(GatedConfig config, int layerCount)
        : base(config, layerCount, GateBiasName, LogScaleName)
    {
        _gateIndex = new LatentIndex(config.LatentCount);
        _scales = new float[config.LatentCount];
        _magnitudeGradients = new float[config.LatentCount];
        EncoderBias.CopyTo(GateBias, 0);
        _frozenGradient = _frozenGradientParts = new Matrix(0, config.ModelDim);
        (_magnitude, _frozenRows) = (Magnitude, FrozenRows);
    }

    private float[] GateBias => Parameters.PerLatent[GateBiasName].Values;

    private float[] LogScale => Parameters.PerLatent[LogScaleName].Values;

    /// <inheritdoc/>
    private protected override SparseDictionary Dictionary(bool copy)
    {
        ComputeScales();
        var encoder = Parameters.Encoder.Copy();
        var thresholds = new float[_scales.Length];
        for (int latent = 0; latent < thresholds.Length; latent++)
        {
            Kernels.Scale(encoder.Row(latent), _scales[latent]);
            thresholds[latent] = MathF.Max(EncoderBias[latent] - _scales[latent] * GateBias[latent], 0);
        }

        return Dictionary(copy, encoder, thresholds);
    }

    /// <inheritdoc/>
    private protected override void Resize(int rows)
    {
        base.Resize(rows);
        _frozenGradient = Matrix.Aligned(rows, Config.ModelDim);
        _frozenGradientParts = _frozenGradient.Reshape(rows * Config.Parts, Config.ModelDim / Config.Parts);
        _frozenLosses = new double[rows * Config.Parts];
    }

    /// <inheritdoc/>
    private protected override void Encode()
    {
        ComputeScales();
        Kernels.EncodeAbove(Buffers.Input, Parameters.Encoder, GateBias, Zeros, _gates);
        Codes.SetFrom(_gates, _magnitude);
    }

    /// <inheritdoc/>
    private protected override void AddLosses()
    {
        ForRows(Batch.Rows, _frozenRows);
        Result.LossAuxK = Total(_frozenLosses);
        Result.LossSparsity = MeanSparsity(_gates);
    }

    /// <inheritdoc/>
    private protected override void Index()
    {
        base.Index();
        _gateIndex.Build(_gates);
    }

    /// <inheritdoc/>
    private protected override float GatherGradients(int latent, LatentGradients rows)
    {
        var decoder = Parameters.Decoder.Row(latent);
        float magnitude = base.GatherGradients(latent, rows);

        // Σ a·∂loss/∂a, as a = z where the gradient is not zero, and ∂loss/∂z = g·decoder.
        float weighted = Kernels.Dot(rows.Decoder, decoder);
        float scale = _scales[latent];
        Kernels.Scale(rows.Encoder, scale);
        if (_unwanted is null || _unwanted.Length < Config.ModelDim)
        {
            _unwanted = new float[Config.ModelDim];
        }

        // The frozen decoder's gradient is gathered with the encoder's and dropped.
        var frozen = new LatentGradients(rows.Encoder, _unwanted.AsSpan(0, Config.ModelDim));
        frozen.Decoder.Clear();
        float gate = Kernels.AddLatentGradients(_gateIndex, latent, _frozenGradient, Buffers.Input, decoder, frozen, (float)SparsityWeight);
        _magnitudeGradients[latent] = magnitude;
        GradientOf(GateBiasName)[latent] = gate;
        GradientOf(LogScaleName)[latent] = weighted - EncoderBias[latent] * magnitude;
        return scale * magnitude + gate;
    }

    /// <summary>The encoder bias is in the magnitude only, not in the gate.</summary>
    private protected override void FinishGradients(int latent, LatentGradients rows)
    {
        base.FinishGradients(latent, rows);
        GradientOf(EncoderBiasName)[latent] = _magnitudeGradients[latent];
    }

    /// <summary>Takes the dictionary's scale as 1 and makes its threshold a gate.</summary>
    private protected override void ImportPerLatent(SparseDictionary dictionary)
    {
        base.ImportPerLatent(dictionary);
        for (int latent = 0; latent < Config.LatentCount; latent++)
        {
            GateBias[latent] = EncoderBias[latent] - (dictionary is ThresholdDictionary { Thresholds: var thresholds } ? thresholds[latent] : 0);
        }
    }

    private void ComputeScales()
    {
        for (int latent = 0; latent < _scales.Length; latent++)
        {
            _scales[latent] = MathF.Exp(LogScale[latent]);
        }
    }

    private float Magnitude(int latent, float gate) => _scales[latent] * (gate - GateBias[latent]) + EncoderBias[latent];

    /// <summary>What the gates alone reconstruct: its error's share of the loss, and the gradient by it.</summary>
    private void FrozenRows(int block)
    {
        for (int row = block * RowBlock; row < Math.Min(Batch.Rows, (block + 1) * RowBlock); row++)
        {
            Kernels.SparseDecodeRow(_gates.RowIndices(row), _gates.RowValues(row), Parameters.Decoder, Parameters.PreBias.Values, _frozenGradient.Row(row));
            for (int part = row * Config.Parts; part < (row + 1) * Config.Parts; part++)
            {
                var vector = _frozenGradientParts.Row(part);
                ToUnits(part, vector);
                _frozenLosses[part] = LossWeights[part % LossWeights.Length] * Subtract(part, vector);
                Kernels.Scale(vector, GradientScale(part));
            }
        }
    }
}

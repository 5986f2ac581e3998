using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Dictionaries.Engines;

/// <summary>
/// Trains a BatchTopK dictionary: of a batch of N vectors the N·k largest ReLU(a), a = W_e (x − b) + b_e, are kept, exactly, and AuxK for dead latents. Bussmann, Leask and Nanda 2024.
/// </summary>
/// <remarks>
/// The [N × n_latents] pre-activations are never stored: only those above a floor are collected, which the step before suggests. Which entries are kept does not depend on the floor. After training a
/// latent is active where its pre-activation exceeds the running mean of the smallest value kept (there θ).
/// </remarks>
public class CpuBatchTopKEngine : CpuTopKEngine
{
    /// <summary>The floor as a share of the last step's smallest kept value: what a batch differs from the one before is less.</summary>
    private const float FloorShare = 0.75f;

    /// <summary>Vectors that the first floor is estimated from.</summary>
    private const int SampleRows = 64;

    private const string ThresholdName = "threshold";

    private readonly BatchTopKConfig _config;
    private readonly LargestEntries _largest = new();
    private readonly SparseRows _candidates = new(0, 0);
    private readonly float[] _floor;
    private float _smallestKept;
    private double _thresholdSum;
    private double _thresholdWeight;

    /// <summary>An engine with fresh parameters.</summary>
    /// <param name="config">what to train</param>
    /// <param name="layerCount">vectors of each token, L; a batch's N counts them all</param>
    /// <exception cref="ArgumentException">A value of the configuration is out of range.</exception>
    public CpuBatchTopKEngine(BatchTopKConfig config, int layerCount)
        : base(config, layerCount)
    {
        _config = config;
        _floor = new float[config.LatentCount];
    }

    /// <summary>
    /// The running mean, over steps, of the smallest value kept, bias-corrected: Σ decay^(t−s) v_s / Σ decay^(t−s), so that the first, untrained steps weigh no more than others of their age. 0 before
    /// the first step.
    /// </summary>
    public float Threshold => _thresholdWeight == 0 ? 0 : (float)(_thresholdSum / _thresholdWeight);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> SaveState() =>
        [.. base.SaveState(), Tensor.Of(ThresholdName, new double[] { _thresholdSum, _thresholdWeight, _smallestKept }.AsSpan(), 3)];

    /// <inheritdoc/>
    public override void RestoreState(ITensorSource state)
    {
        base.RestoreState(state);
        double[] values = new double[3];
        state.RequireShape(ThresholdName, 3);
        state.Read(ThresholdName, 0, values);
        (_thresholdSum, _thresholdWeight, _smallestKept) = (values[0], values[1], (float)values[2]);
    }

    /// <inheritdoc/>
    private protected override void ImportPerLatent(SparseDictionary dictionary)
    {
        base.ImportPerLatent(dictionary);
        _smallestKept = 0;
        (_thresholdSum, _thresholdWeight) = dictionary is ThresholdDictionary { Thresholds: var thresholds } ? (thresholds[0], 1) : (0, 0);
    }

    /// <inheritdoc/>
    private protected override SparseDictionary Dictionary(bool copy)
    {
        var thresholds = new float[Config.LatentCount];
        Array.Fill(thresholds, Threshold);
        return new ThresholdDictionary(
            Config,
            copy ? Parameters.Encoder.Copy() : Parameters.Encoder,
            copy ? Parameters.Decoder.Copy() : Parameters.Decoder,
            copy ? [.. Parameters.PreBias.Values] : Parameters.PreBias.Values,
            copy ? EncoderBias?.ToArray() : EncoderBias,
            thresholds) { Origin = Origin };
    }

    /// <inheritdoc/>
    private protected override void Select(int k, bool[]? dead)
    {
        int count = checked(Batch.Rows * k);
        if (!CollectAbove(FloorShare * _smallestKept, count) && !CollectAbove(SampledFloor(k), count))
        {
            Collect(Buffers.Input, 0);
        }

        _smallestKept = _largest.Keep(_candidates, count, Selected);
        if (dead is not null)
        {
            EncodeDead();
        }
    }

    /// <inheritdoc/>
    private protected override void Index()
    {
        base.Index();
        if (Codes.EntryCount > 0)
        {
            double decay = _config.ThresholdDecay;
            _thresholdSum = decay * _thresholdSum + (1 - decay) * _smallestKept;
            _thresholdWeight = decay * _thresholdWeight + (1 - decay);
        }
    }

    /// <summary>Collects what exceeds a positive floor; false where that is too little, so that the floor must be lowered.</summary>
    private bool CollectAbove(float floor, int count)
    {
        if (!(floor > 0))
        {
            return false;
        }

        Collect(Buffers.Input, floor);
        return _candidates.EntryCount >= count;
    }

    private void Collect(Matrix input, float floor)
    {
        Array.Fill(_floor, floor);
        Kernels.EncodeAbove(input, Parameters.Encoder, EncoderBias, _floor, _candidates);
    }

    /// <summary>Half of what would be the smallest value kept of a few vectors, spread over the batch; 0 where they have too few positive ones.</summary>
    private float SampledFloor(int k)
    {
        int rows = Math.Min(SampleRows, Batch.Rows);
        var sample = new Matrix(rows, Config.ModelDim);
        for (int row = 0; row < rows; row++)
        {
            Buffers.Input.Row((int)((long)row * Batch.Rows / rows)).CopyTo(sample.Row(row));
        }

        Collect(sample, 0);
        float smallest = _largest.Keep(_candidates, rows * k, Selected);
        return Selected.EntryCount == rows * k ? smallest / 2 : 0;
    }
}

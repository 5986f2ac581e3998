using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>Trains a TopK dictionary on the CPU. Results do not depend on the number of threads.</summary>
/// <remarks>
/// The encoder product is the floor of a step; all after TopK touches only the latents in use. Gradients are gathered latent by latent and handed to Adam at once,
/// so that no gradient matrix is ever stored. After the first step of a batch size, a corrected step allocates nothing.
/// </remarks>
public sealed partial class CpuTopKEngine : IDictionaryEngine
{
    private const int RowBlock = 32;
    private const int LatentBlock = 64;

    private readonly TopKParameters _parameters;
    private readonly LatentAges _ages;
    private readonly LayerVariances _variances;
    private readonly LayerVariances _targetVariance;
    private readonly LatentIndex _topIndex;
    private readonly LatentIndex _auxIndex;
    private readonly double[] _denominators;
    private readonly double[] _layerErrors;
    private readonly StepReport _report;
    private StepBuffers _buffers;
    private Matrix _batch;
    private bool _hasPreBias;

    /// <summary>An engine with fresh parameters.</summary>
    /// <param name="config">what to train</param>
    /// <param name="layerCount">vectors of each token, L</param>
    /// <exception cref="ArgumentException">A value of the configuration is out of range.</exception>
    public CpuTopKEngine(TopKConfig config, int layerCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layerCount, 1);
        Config = config.Validated();
        LayerCount = layerCount;
        _parameters = new TopKParameters(config.LatentCount, config.ModelDim);
        _parameters.Initialize(config.Seed);
        _ages = new LatentAges(config);
        _variances = new LayerVariances(layerCount, config.ModelDim);
        _targetVariance = new LayerVariances(1, config.ModelDim);
        _topIndex = new LatentIndex(config.LatentCount);
        _auxIndex = new LatentIndex(config.LatentCount);
        _denominators = new double[layerCount];
        _layerErrors = new double[layerCount];
        _biasGradient = new float[config.ModelDim];
        _report = new StepReport(layerCount);
        _buffers = new StepBuffers(config, 0);
        _batch = new Matrix(0, config.ModelDim);
        int blocks = (config.LatentCount + LatentBlock - 1) / LatentBlock;
        _biasParts = new Matrix(blocks, config.ModelDim);
        _blockTicks = new (long, long)[blocks];
        (_prepareRows, _decodeRows, _auxErrorRows, _auxGradientRows) = (PrepareRows, DecodeRows, AuxErrorRows, AuxGradientRows);
        (_updateLatents, _sumColumns) = (UpdateLatents, SumBiasColumns);
    }

    /// <inheritdoc/>
    public TopKConfig Config { get; }

    /// <inheritdoc/>
    public int LayerCount { get; }

    /// <inheritdoc/>
    public long StepCount { get; private set; }

    /// <inheritdoc/>
    public long TokenCount { get; private set; }

    /// <summary>Where the time of the steps so far went.</summary>
    public StageTimes Times { get; } = new();

    /// <summary>Ages of the latents.</summary>
    public LatentAges Ages => _ages;

    /// <summary>Receives the gradients of each step; null, and no cost, for none.</summary>
    public GradientRecord? Gradients { get; set; }

    /// <summary>[d_model] What the pre-bias was set to by the first batch; empty before, or where it was given.</summary>
    public float[] StartedFrom { get; private set; } = [];

    /// <summary>[N × k] The codes of the last batch, after the ReLU.</summary>
    public SparseRows Codes => _buffers.Top;

    /// <summary>[N × k_aux] The dead latents' codes of the last batch, after the ReLU; of an earlier batch where none was dead.</summary>
    public SparseRows AuxCodes => _buffers.Aux;

    /// <summary>[N × d_model] The reconstructions of the last batch, before its update.</summary>
    public Matrix Reconstruction => _buffers.Reconstruction;

    /// <inheritdoc/>
    public StepReport Step(Matrix batch, double learningRate)
    {
        Begin(batch);
        Prepare();
        Encode();
        Decode();
        LossAuxK();
        Report();
        CheckFinite();
        Index();
        Update(learningRate);
        End();
        return _report;
    }

    /// <inheritdoc/>
    public SparseRows Encode(Matrix x) => Borrow().Encode(x);

    /// <inheritdoc/>
    public TopKDictionary Export()
    {
        var origin = new DictionaryOrigin { TrainedTokens = TokenCount, TrainedSteps = StepCount };
        return new TopKDictionary(Config, _parameters.Encoder.Copy(), _parameters.Decoder.Copy(), [.. _parameters.PreBias], origin);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>The parameters themselves as a dictionary, not a copy.</summary>
    private TopKDictionary Borrow() => new(Config, _parameters.Encoder, _parameters.Decoder, _parameters.PreBias);

    private void Begin(Matrix batch)
    {
        Require.Equal(batch.Columns, Config.ModelDim);
        Require.That(
            batch.Rows > LayerCount && batch.Rows % LayerCount == 0,
            $"A batch has {batch.Rows} vectors; it must be a multiple of {LayerCount} layers and hold at least two tokens.");
        if (_buffers.Rows != batch.Rows)
        {
            _buffers = new StepBuffers(Config, batch.Rows);
        }

        _batch = batch;
        Times.Start();
    }

    private void End()
    {
        StepCount++;
        TokenCount += _report.Tokens;
    }

    private static void ForRows(int rows, Action<int> block) => Workers.For((rows + RowBlock - 1) / RowBlock, block);
}

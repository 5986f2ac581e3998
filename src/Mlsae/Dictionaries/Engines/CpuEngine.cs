using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Dictionaries.Engines;

/// <summary>Trains a dictionary on the CPU. What the kinds share: how vectors come in and out, the error's loss, gathering gradients latent by latent, Adam, the report.</summary>
/// <remarks>
/// A kind says how it encodes (<see cref="Encode()"/>), what its loss adds (<see cref="AddLosses"/>), and, where it has more parameters than encoder, decoder and biases, their gradients. The encoder
/// product is the floor of a step; all after it touches only the latents in use. Gradients are gathered latent by latent and handed to Adam at once, so that no gradient matrix
/// is stored. Results do not depend on the number of threads.
/// </remarks>
public abstract partial class CpuEngine : IDictionaryEngine
{
    /// <summary>Vectors of one unit of parallel work.</summary>
    private protected const int RowBlock = 32;

    private readonly LayerVariances _variances;
    private readonly double[] _layerErrors;
    private readonly Action<int> _prepareRows;
    private readonly Action<int> _decodeRows;
    private bool _hasPreBias;

    /// <summary>An engine with fresh parameters.</summary>
    /// <param name="config">what to train</param>
    /// <param name="layerCount">vectors of each token, L; 1 for a crosscoder, whose layers are parts of one vector</param>
    /// <param name="perLatent">names of the parameters that are a number for each latent; <see cref="EncoderBiasName"/> is added to pre-activations</param>
    /// <exception cref="ArgumentException">A value of the configuration is out of range.</exception>
    private protected CpuEngine(DictionaryConfig config, int layerCount, params string[] perLatent)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layerCount, 1);
        Config = config.Validated();
        LayerCount = layerCount;
        int layers = layerCount * config.Parts;
        Parameters = new DictionaryParameters(config.LatentCount, config.ModelDim, perLatent);
        Parameters.Initialize(config.Seed);
        Ages = new LatentAges(config);
        _hasPreBias = config.PreBias == PreBiasStart.None;
        _variances = new LayerVariances(layers, config.ModelDim / config.Parts);
        MainIndex = new LatentIndex(config.LatentCount);
        LossWeights = new double[layers];
        _layerErrors = new double[layers];
        Result = new StepReport(layers);
        Buffers = new StepBuffers(config, 0);
        Batch = new Matrix(0, config.ModelDim);
        int blocks = (config.LatentCount + LatentBlock - 1) / LatentBlock;
        _biasParts = new Matrix(blocks, config.ModelDim);
        _blockTicks = new (long, long)[blocks];
        _perLatent = [.. Parameters.PerLatent.Select(vector => (vector.Key, vector.Value))];
        Parameters.PerLatent.TryGetValue(EncoderBiasName, out _encoderBias);
        int stored = config.ClipNorm > 0 ? config.LatentCount : 0;
        (_encoderGradients, _decoderGradients) = (Matrix.Aligned(stored, config.ModelDim), Matrix.Aligned(stored, config.ModelDim));
        _blockSquares = new double[blocks];
        (_prepareRows, _decodeRows, _sumColumns) = (PrepareRows, DecodeRows, SumBiasColumns);
        (_updateLatents, _gatherLatents, _updateGathered) = (UpdateLatents, GatherLatents, UpdateGathered);
    }

    /// <inheritdoc/>
    public DictionaryConfig Config { get; }

    /// <inheritdoc/>
    public int LayerCount { get; }

    /// <inheritdoc/>
    public long StepCount { get; private set; }

    /// <inheritdoc/>
    public long TokenCount { get; private set; }

    /// <summary>Where the time of the steps so far went.</summary>
    public StageTimes Times { get; } = new();

    /// <summary>Ages of the latents.</summary>
    public LatentAges Ages { get; }

    /// <summary>Receives the gradients of each step; null, and no cost, for none.</summary>
    public GradientRecord? Gradients { get; set; }

    /// <summary>[d_model] What the pre-bias was set to by the first batch; empty before, or where it was given.</summary>
    public float[] StartedFrom { get; private set; } = [];

    /// <summary>The codes of the last batch.</summary>
    public abstract SparseRows Codes { get; }

    /// <summary>[N × d_model] The reconstructions of the last batch, before its update.</summary>
    public Matrix Reconstruction => Buffers.Reconstruction;

    private protected DictionaryParameters Parameters { get; }

    /// <summary>[n_latents × d_model] What the encoder's input is multiplied with.</summary>
    private protected virtual Matrix EncoderRows => Parameters.Encoder;

    private protected StepBuffers Buffers { get; private set; }

    /// <summary>[N × d_model] The batch of the step in progress.</summary>
    private protected Matrix Batch { get; private set; }

    private protected StepReport Result { get; }

    /// <summary>[layers] What each layer's Σ‖x − x̂‖² is multiplied with in the loss.</summary>
    private protected double[] LossWeights { get; }

    /// <summary>Σ‖x − mean‖² of the batch, the mean that of each layer.</summary>
    private protected double InputVariance => Total(_variances.PerDimension);

    /// <summary>Which vectors use which latent, by <see cref="Codes"/>.</summary>
    private protected LatentIndex MainIndex { get; }

    /// <summary>The number of the step in progress, from 1.</summary>
    private protected long StepNumber => StepCount + 1;

    /// <inheritdoc/>
    public StepReport Step(Matrix batch, long totalSteps)
    {
        Begin(batch);
        Prepare();
        Encode();
        Times.EndEncode();
        Decode();
        Times.EndDecode();
        AddLosses();
        Times.EndAuxK();
        Report();
        CheckFinite();
        Index();
        Times.EndIndex();
        GatherAhead();
        Times.EndGatherAhead();
        Update(Config.Adam.LearningRateAt(StepNumber, totalSteps));
        End();
        return Result;
    }

    /// <inheritdoc/>
    public SparseRows Encode(Matrix x) => Dictionary(copy: false).Encode(x);

    /// <inheritdoc/>
    public SparseDictionary Export() => Dictionary(copy: true);

    /// <inheritdoc/>
    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>The present parameters as a dictionary.</summary>
    /// <param name="copy">false for the parameters themselves, which the next step changes</param>
    private protected abstract SparseDictionary Dictionary(bool copy);

    /// <summary>Makes <see cref="Codes"/> from what <see cref="Buffers"/> hold as input.</summary>
    private protected abstract void Encode();

    /// <summary>Computes what the loss has beside the reconstruction's error, and notes it in <see cref="Result"/>.</summary>
    private protected virtual void AddLosses()
    {
    }

    /// <summary>Makes room for batches of another size.</summary>
    /// <param name="rows">N</param>
    private protected virtual void Resize(int rows) => Buffers = new StepBuffers(Config, rows);

    /// <summary>What the dictionary says of its training.</summary>
    private protected DictionaryOrigin Origin => new() { TrainedTokens = TokenCount, TrainedSteps = StepCount };

    private void Begin(Matrix batch)
    {
        Require.Equal(batch.Columns, Config.ModelDim);
        Require.That(
            batch.Rows > LayerCount && batch.Rows % LayerCount == 0,
            $"A batch has {batch.Rows} vectors; it must be a multiple of {LayerCount} layers and hold at least two tokens.");
        if (Buffers.Rows != batch.Rows)
        {
            Resize(batch.Rows);
        }

        Batch = batch;
        Times.Start();
    }

    private void End()
    {
        StepCount++;
        TokenCount += Result.Tokens;
    }

    /// <summary>Does <paramref name="block"/> for every block of vectors, on all threads.</summary>
    private protected static void ForRows(int rows, Action<int> block) => Workers.For((rows + RowBlock - 1) / RowBlock, block);
}

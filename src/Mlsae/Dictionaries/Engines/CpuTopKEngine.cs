using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>
/// Trains a TopK dictionary: z = ReLU of the k largest a = W_e (x − b) + b_e, and AuxK for dead latents. Gao et al. 2024; over all layers Lawson et al. 2024.
/// </summary>
/// <remarks>The [N × n_latents] pre-activations are never stored. After the first step of a batch size, a corrected step allocates nothing.</remarks>
public partial class CpuTopKEngine : CpuEngine
{
    private readonly SelectionConfig _config;

    /// <summary>An engine with fresh parameters.</summary>
    /// <param name="config">what to train</param>
    /// <param name="layerCount">vectors of each token, L</param>
    /// <exception cref="ArgumentException">A value of the configuration is out of range.</exception>
    public CpuTopKEngine(TopKConfig config, int layerCount)
        : this((SelectionConfig)config, layerCount)
    {
    }

    /// <summary>For kinds that select otherwise.</summary>
    private protected CpuTopKEngine(SelectionConfig config, int layerCount)
        : base(config, layerCount, config.EncoderBias ? [EncoderBiasName] : [])
    {
        _config = config;
        _aux = new AuxKBuffers(config, 0);
        _targetVariance = new LayerVariances(1, config.ModelDim);
        _auxIndex = new LatentIndex(config.LatentCount);
        _dead = new DeadGradients(config.LatentCount, config.ModelDim);
        (_auxErrorRows, _auxGradientRows, _gatherDead) = (AuxErrorRows, AuxGradientRows, GatherDead);
    }

    /// <summary>[N × k] The codes of the last batch, after the ReLU.</summary>
    public override SparseRows Codes => Selected;

    /// <summary>[N × k_aux] The dead latents' codes of the last batch, ascending by latent, after the ReLU; of an earlier batch where none was dead.</summary>
    public SparseRows AuxCodes => _aux.Codes;

    /// <summary>What <see cref="Select"/> makes.</summary>
    private protected SparseRows Selected { get; private set; } = new(0, 0);

    /// <summary>[n_latents] The bias of pre-activations, or null where there is none.</summary>
    private protected float[]? EncoderBias => _config.EncoderBias ? Parameters.PerLatent[EncoderBiasName].Values : null;

    /// <inheritdoc/>
    private protected override SparseDictionary Dictionary(bool copy) => new TopKDictionary(
        (TopKConfig)Config,
        copy ? Parameters.Encoder.Copy() : Parameters.Encoder,
        copy ? Parameters.Decoder.Copy() : Parameters.Decoder,
        copy ? [.. Parameters.PreBias.Values] : Parameters.PreBias.Values,
        Origin,
        copy ? EncoderBias?.ToArray() : EncoderBias);

    /// <inheritdoc/>
    private protected override void Resize(int rows)
    {
        base.Resize(rows);
        _aux = new AuxKBuffers(_config, rows);
    }

    /// <inheritdoc/>
    private protected override void Index()
    {
        if (!Config.Compatibility.AgesBeforeAuxK)
        {
            Ages.Update(Codes, Result.Tokens);
        }

        MainIndex.Build(Codes);
        if (_auxActive)
        {
            _auxIndex.Build(_aux.Codes);
        }
        else
        {
            _auxIndex.Clear();
        }
    }

    /// <inheritdoc/>
    private protected override float GatherGradients(int latent, LatentGradients rows)
    {
        if (_dead.Find(latent) is >= 0 and int place)
        {
            var gathered = _dead.Rows(place);
            gathered.Encoder.CopyTo(rows.Encoder);
            gathered.Decoder.CopyTo(rows.Decoder);
            return _dead.MainSums[place] + _dead.AuxSums[place];
        }

        float sum = base.GatherGradients(latent, rows);
        if (!Config.Compatibility.AuxKTrainsDecoderOnly)
        {
            return sum;
        }

        var users = _auxIndex.Rows(latent);
        for (int i = 0; i < users.Length; i++)
        {
            Kernels.AddScaled(_aux.Gradient.Row(users[i]), _auxIndex.Values(latent)[i], rows.Decoder);
        }

        return sum;
    }

    /// <inheritdoc/>
    private protected override void AddPreBiasGradient(int start, Span<double> sums)
    {
        base.AddPreBiasGradient(start, sums);
        if (_auxActive && Config.Compatibility.AuxKAddsPreBias)
        {
            AddColumns(_aux.Gradient, start, sums);
        }
    }
}

using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>A decoder-only transformer on the CPU: GPT-NeoX, GPT-2 or Llama.</summary>
/// <remarks>One pass at a time: buffers are kept between passes over batches of one size. An edit must not run the same model.</remarks>
public sealed class LanguageModel : ILanguageModel
{
    private readonly TransformerBlock _block;
    private ForwardBuffers? _buffers;
    private int _running;

    /// <summary>A model with these weights, which are not copied.</summary>
    public LanguageModel(LanguageModelWeights weights)
    {
        Weights = weights;
        Config = weights.Config;
        Rotary = Config.RotaryDims == 0 ? null : new RotaryTable(Config.ContextLength, Config.RotaryDims, Config.RotaryBase);
        _block = new TransformerBlock(Config, Rotary);
    }

    /// <summary>Shape and formulas.</summary>
    public LanguageModelConfig Config { get; }

    /// <summary>The weights.</summary>
    public LanguageModelWeights Weights { get; }

    /// <inheritdoc/>
    public int LayerCount => Config.LayerCount;

    /// <inheritdoc/>
    public int ModelDim => Config.ModelDim;

    /// <inheritdoc/>
    public int MlpDim => Config.MlpDim;

    /// <inheritdoc/>
    public int VocabularySize => Config.VocabularySize;

    /// <inheritdoc/>
    public int ContextLength => Config.ContextLength;

    internal RotaryTable? Rotary { get; }

    /// <summary>Reads a Hugging Face folder: config.json and model.safetensors or its shards.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">It lacks config.json or the weights.</exception>
    /// <exception cref="InvalidDataException">A file does not hold what it should; the message names path and field or tensor.</exception>
    public static LanguageModel Load(string folder) => new(LanguageModelFolder.Load(folder));

    /// <summary>Writes config.json and model.safetensors in Hugging Face layout into <paramref name="folder"/>, replacing files of these names.</summary>
    /// <param name="folder">made if missing</param>
    /// <param name="half">whether weights are stored as 16-bit floats instead of 32-bit ones</param>
    public void Save(string folder, bool half = false) => LanguageModelFolder.Save(Weights, folder, half);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A pass of this model is under way, on another thread or around an edit.</exception>
    public ForwardResult Forward(TokenBatch tokens, ForwardOptions? options = null)
    {
        options ??= new ForwardOptions();
        Check(tokens, options);
        var hooks = new HookVisitor(options, Config);
        if (Interlocked.Exchange(ref _running, 1) == 1)
        {
            throw new InvalidOperationException("This model is in the middle of a forward pass; use another instance, with the same weights, beside it.");
        }

        try
        {
            return Run(tokens, options, hooks);
        }
        finally
        {
            _running = 0;
        }
    }

    private ForwardResult Run(TokenBatch tokens, ForwardOptions options, HookVisitor hooks)
    {
        if (_buffers?.Fits(tokens) != true)
        {
            _buffers = null;
            _buffers = new ForwardBuffers(Config, tokens.Sequences, tokens.Length, keepAll: false);
        }

        Start(tokens, options, hooks, _buffers);
        for (int layer = (options.StartLayer ?? -1) + 1; layer <= hooks.LastLayer; layer++)
        {
            _block.Forward(Weights.Blocks[layer], _buffers, layer, hooks);
        }

        return new ForwardResult(Finish(options, hooks, _buffers), hooks.Captured);
    }

    /// <summary>A pass for training: every block keeps what its backward pass needs, and the final norm is left in <paramref name="buffers"/>.</summary>
    internal void ForwardKeeping(TokenBatch tokens, ForwardBuffers buffers)
    {
        TokenEmbedding.Forward(tokens, Weights, buffers.Residuals[0]);
        for (int layer = 0; layer < LayerCount; layer++)
        {
            _block.Forward(Weights.Blocks[layer], buffers, layer, null);
        }

        FinalNorm(buffers);
    }

    /// <summary>Block <paramref name="layer"/>'s part of the backward pass.</summary>
    internal void BackwardBlock(int layer, LanguageModelWeights gradients, ForwardBuffers kept, BackwardBuffers buffers) =>
        _block.Backward(Weights.Blocks[layer], gradients.Blocks[layer], kept, layer, buffers);

    private void Start(TokenBatch tokens, ForwardOptions options, HookVisitor hooks, ForwardBuffers buffers)
    {
        var residual = buffers.Residuals[0];
        if (options.StartLayer is int start)
        {
            options.StartResidual!.CopyTo(residual);
            hooks.Visit(HookKind.ResidPost, start, residual);
        }
        else
        {
            TokenEmbedding.Forward(tokens, Weights, residual);
            hooks.Visit(HookKind.Embed, -1, residual);
        }
    }

    private Matrix? Finish(ForwardOptions options, HookVisitor hooks, ForwardBuffers buffers)
    {
        if (!hooks.NeedsFinalNorm)
        {
            return null;
        }

        FinalNorm(buffers);
        hooks.Visit(HookKind.FinalNorm, -1, buffers.FinalNormed);
        if (!hooks.NeedsLogits)
        {
            return null;
        }

        var logits = new Matrix(buffers.FinalNormed.Rows, VocabularySize);
        Kernels.MatMulTransposedB(buffers.FinalNormed, Weights.Unembedding, logits);
        hooks.Visit(HookKind.Logits, -1, logits);
        return options.Logits ? logits : null;
    }

    internal void FinalNorm(ForwardBuffers buffers) => Norms.Forward(
        buffers.Residuals[^1], Weights.FinalNorm, Weights.FinalNormBias, Config.NormEpsilon, buffers.FinalNormed, buffers.FinalStatistics);

    private void Check(TokenBatch tokens, ForwardOptions options)
    {
        TokenEmbedding.Check(tokens, Config);
        Require.That((options.StartLayer == null) == (options.StartResidual == null), "StartLayer and StartResidual are given together or not at all.");
        if (options.StartLayer is int start)
        {
            Require.That(start >= 0 && start < LayerCount, $"StartLayer {start} lies outside the model's blocks 0 to {LayerCount - 1}.");
            Require.Equal(options.StartResidual!.Rows, tokens.TokenCount);
            Require.Equal(options.StartResidual!.Columns, ModelDim);
        }
    }
}

using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>A decoder-only transformer on the CPU: GPT-NeoX, GPT-2 or Llama.</summary>
/// <remarks>Several passes may run at once: each has buffers of its own, which later passes over batches of the same size use again.</remarks>
public sealed partial class LanguageModel : ILanguageModel
{
    /// <summary>Tokens that run together through all blocks, few enough for a core's cache.</summary>
    private const int PartTokens = 512;

    private readonly TransformerBlock _block;
    private readonly BufferPool<ForwardBuffers> _buffers;

    /// <summary>A model with these weights, which are not copied.</summary>
    public LanguageModel(LanguageModelWeights weights)
    {
        Weights = weights;
        Config = weights.Config;
        Rotary = Config.RotaryDims == 0 ? null : new RotaryTable(Config.ContextLength, Config.RotaryDims, Config.RotaryBase);
        _block = new TransformerBlock(Config, Rotary);
        _buffers = new BufferPool<ForwardBuffers>(
            (sequences, length) => new ForwardBuffers(Config, sequences, length, keepAll: false), (buffers, sequences, length) => buffers.Fits(sequences, length));
        _gradientLanes = new BufferPool<GradientLane>((sequences, length) => new GradientLane(this, sequences, length), (lane, sequences, length) => lane.Fits(sequences, length));
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
    public ForwardResult Forward(TokenBatch tokens, ForwardOptions? options = null)
    {
        options ??= new ForwardOptions();
        Check(tokens, options.StartLayer, options.StartResidual);
        var hooks = new HookVisitor(options, Config, tokens.Sequences);
        var rows = new LogitRows(options.LogitRows, tokens.TokenCount);
        var logits = hooks.NeedsLogits ? new Matrix(rows.Count, VocabularySize) : null;
        // An edit is shown the whole batch.
        ForParts(tokens, whole: options.Edits.Count > 0, (start, count) =>
        {
            int firstToken = start * tokens.Length, partTokens = count * tokens.Length;
            var (firstRow, own) = rows.Within(firstToken, partTokens);
            Run(
                tokens.Part(start, count), options.StartResidual?.RowWindow(firstToken, partTokens), logits?.RowWindow(firstRow, own.Count), own, options,
                hooks.Part(start, count));
        });
        return new ForwardResult(options.Logits ? logits : null, hooks.Captured);
    }

    /// <summary>Shares the sequences of a batch among threads. No row depends on rows of other sequences, so no way of sharing changes a bit.</summary>
    /// <param name="tokens">the batch</param>
    /// <param name="whole">whether it must stay together</param>
    /// <param name="run">told the first sequence of a part, and how many</param>
    private static void ForParts(TokenBatch tokens, bool whole, Action<int, int> run)
    {
        int sequencesAtOnce = Math.Max(1, PartTokens / tokens.Length);
        int parts = (tokens.Sequences + sequencesAtOnce - 1) / sequencesAtOnce;
        if (whole || parts < Workers.Count)
        {
            run(0, tokens.Sequences);
        }
        else
        {
            Workers.ForBlocks(tokens.Sequences, sequencesAtOnce, (start, end) => run(start, end - start));
        }
    }

    private void Run(TokenBatch tokens, Matrix? startResidual, Matrix? logits, LogitRows rows, ForwardOptions options, HookVisitor hooks)
    {
        var buffers = _buffers.Rent(tokens.Sequences, tokens.Length);
        Start(tokens, startResidual, options.StartLayer, hooks, buffers);
        for (int layer = (options.StartLayer ?? -1) + 1; layer <= hooks.LastLayer; layer++)
        {
            _block.Forward(Weights.Blocks[layer], buffers, layer, hooks);
        }

        if (hooks.NeedsFinalNorm)
        {
            FinalNorm(buffers);
            hooks.Visit(HookKind.FinalNorm, -1, buffers.FinalNormed);
        }

        if (logits != null)
        {
            Kernels.MatMulTransposedB(rows.Of(buffers.FinalNormed), Weights.Unembedding, logits);
            hooks.Visit(HookKind.Logits, -1, logits);
        }

        _buffers.Return(buffers);
    }

    /// <summary>A pass that a backward pass follows: every block keeps what that needs, and the final norm is left in <paramref name="buffers"/>.</summary>
    internal void ForwardKeeping(TokenBatch tokens, ForwardBuffers buffers)
    {
        TokenEmbedding.Forward(tokens, Weights, buffers.Residuals[0]);
        ForwardKeeping(buffers, 0, LayerCount - 1);
        FinalNorm(buffers);
    }

    /// <summary>Some blocks' part of such a pass, from the residual stream before the first of them.</summary>
    internal void ForwardKeeping(ForwardBuffers buffers, int firstLayer, int lastLayer)
    {
        for (int layer = firstLayer; layer <= lastLayer; layer++)
        {
            _block.Forward(Weights.Blocks[layer], buffers, layer, null);
        }
    }

    /// <summary>Block <paramref name="layer"/>'s part of the backward pass; without gradients its weights are held fixed.</summary>
    internal void BackwardBlock(int layer, LanguageModelWeights? gradients, ForwardBuffers kept, BackwardBuffers buffers) =>
        _block.Backward(Weights.Blocks[layer], gradients?.Blocks[layer], kept, layer, buffers);

    private void Start(TokenBatch tokens, Matrix? startResidual, int? startLayer, HookVisitor hooks, ForwardBuffers buffers)
    {
        var residual = buffers.Residuals[0];
        if (startLayer is int start)
        {
            startResidual!.CopyTo(residual);
            hooks.Visit(HookKind.ResidPost, start, residual);
        }
        else
        {
            TokenEmbedding.Forward(tokens, Weights, residual);
            hooks.Visit(HookKind.Embed, -1, residual);
        }
    }

    internal void FinalNorm(ForwardBuffers buffers) => Norms.Forward(
        buffers.Residuals[^1], Weights.FinalNorm, Weights.FinalNormBias, Config.NormEpsilon, buffers.FinalNormed, buffers.FinalStatistics);

    private void Check(TokenBatch tokens, int? startLayer, Matrix? startResidual)
    {
        TokenEmbedding.Check(tokens, Config);
        Require.That((startLayer == null) == (startResidual == null), "StartLayer and StartResidual are given together or not at all.");
        if (startLayer is int start)
        {
            Require.That(start >= 0 && start < LayerCount, $"StartLayer {start} lies outside the model's blocks 0 to {LayerCount - 1}.");
            Require.Equal(startResidual!.Rows, tokens.TokenCount);
            Require.Equal(startResidual.Columns, ModelDim);
        }
    }
}

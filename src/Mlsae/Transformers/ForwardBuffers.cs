using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>What one block computes on the way, kept for its backward pass.</summary>
internal sealed class BlockActivations
{
    public BlockActivations(LanguageModelConfig config, int sequences, int length, bool keepPattern)
    {
        int tokens = sequences * length;
        AttentionNormed = new Matrix(tokens, config.ModelDim);
        AttentionStatistics = new NormStatistics(tokens);
        QueryKeyValue = new Matrix(tokens, config.QueryDim + 2 * config.KeyValueDim);
        Pattern = keepPattern ? new Matrix(checked(sequences * config.HeadCount * length), length) : null;
        Mixed = new Matrix(tokens, config.QueryDim);
        AttentionOut = new Matrix(tokens, config.ModelDim);
        MlpNormed = new Matrix(tokens, config.ModelDim);
        MlpStatistics = new NormStatistics(tokens);
        MlpPre = new Matrix(tokens, config.MlpDim);
        MlpUp = config.Activation == ActivationKind.GatedSilu ? new Matrix(tokens, config.MlpDim) : null;
        MlpPost = new Matrix(tokens, config.MlpDim);
        MlpOut = new Matrix(tokens, config.ModelDim);
    }

    public Matrix AttentionNormed { get; }

    public NormStatistics AttentionStatistics { get; }

    /// <summary>[tokens × (queries + keys + values)], queries and keys after the rotary embedding.</summary>
    public Matrix QueryKeyValue { get; }

    /// <summary>[sequences · heads · positions × positions] attention probabilities, for a backward pass; null where none follows.</summary>
    public Matrix? Pattern { get; }

    /// <summary>[tokens × queries] values mixed by the pattern, before the output projection.</summary>
    public Matrix Mixed { get; }

    public Matrix AttentionOut { get; }

    public Matrix MlpNormed { get; }

    public NormStatistics MlpStatistics { get; }

    public Matrix MlpPre { get; }

    public Matrix? MlpUp { get; }

    public Matrix MlpPost { get; }

    public Matrix MlpOut { get; }
}

/// <summary>The arrays of a forward pass over batches of one size, made once.</summary>
internal sealed class ForwardBuffers
{
    /// <param name="config">the model</param>
    /// <param name="sequences">sequences of a batch</param>
    /// <param name="length">tokens of each</param>
    /// <param name="keepAll">whether every block has its own, as a backward pass needs; otherwise all blocks share one set</param>
    public ForwardBuffers(LanguageModelConfig config, int sequences, int length, bool keepAll)
    {
        Sequences = sequences;
        Length = length;
        int tokens = checked(sequences * length);
        int sets = keepAll ? config.LayerCount : 1;
        var blocks = Enumerable.Range(0, sets).Select(_ => new BlockActivations(config, sequences, length, keepAll)).ToArray();
        var residuals = Enumerable.Range(0, keepAll ? config.LayerCount + 1 : 1).Select(_ => new Matrix(tokens, config.ModelDim)).ToArray();
        bool keepMid = keepAll && !config.ParallelResidual;
        var middles = Enumerable.Range(0, keepMid ? config.LayerCount : 0).Select(_ => new Matrix(tokens, config.ModelDim)).ToArray();
        Blocks = [.. Enumerable.Range(0, config.LayerCount).Select(layer => blocks[layer % sets])];
        Residuals = [.. Enumerable.Range(0, config.LayerCount + 1).Select(layer => residuals[layer % residuals.Length])];
        Middles = [.. Enumerable.Range(0, config.LayerCount).Select(layer => keepMid ? middles[layer] : Residuals[layer])];
        FinalNormed = new Matrix(tokens, config.ModelDim);
        FinalStatistics = new NormStatistics(tokens);
    }

    public int Sequences { get; }

    public int Length { get; }

    public IReadOnlyList<BlockActivations> Blocks { get; }

    /// <summary>The residual stream before block l; the last one is after the last block. One and the same matrix where not all is kept.</summary>
    public IReadOnlyList<Matrix> Residuals { get; }

    /// <summary>The residual stream between attention and MLP of block l; the block's input where they are parallel or not all is kept.</summary>
    public IReadOnlyList<Matrix> Middles { get; }

    public Matrix FinalNormed { get; }

    public NormStatistics FinalStatistics { get; }

    public bool Fits(int sequences, int length) => sequences == Sequences && length == Length;
}

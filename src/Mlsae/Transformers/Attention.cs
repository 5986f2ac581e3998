using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>The attention of a block: projections, rotary embedding, causal attention, output projection.</summary>
internal static class Attention
{
    public static void Forward(LanguageModelConfig config, RotaryTable? rotary, BlockWeights weights, BlockActivations at, AttentionPass pass)
    {
        Linear.Forward(at.AttentionNormed, weights.QueryKeyValue, weights.QueryKeyValueBias, at.QueryKeyValue);
        if (rotary != null)
        {
            Kernels.Rotate(Rotated(config, at.QueryKeyValue), config.HeadDim, rotary, pass.Length, pass.Cache?.Position ?? 0);
        }

        var parts = Parts(config, at.QueryKeyValue);
        var shape = Shape(config, pass);
        if (pass.Cache is { } cache)
        {
            parts = cache.Append(pass.Layer, parts);
            shape = cache.Shape(pass.Length);
        }

        if (pass.Hooks?.Wants(HookKind.AttentionPattern, pass.Layer) == true)
        {
            var pattern = at.Pattern ?? new Matrix(shape.Sequences * shape.Heads * shape.Positions, shape.KeyPositions);
            Kernels.CausalAttentionPattern(parts.Queries, parts.Keys, shape, pattern);
            pass.Hooks.Visit(HookKind.AttentionPattern, pass.Layer, pattern);
            Kernels.CausalAttentionApply(pattern, parts.Values, shape, at.Mixed);
        }
        else
        {
            Kernels.CausalAttention(parts, shape, at.Mixed, at.Pattern);
        }
        Linear.Forward(at.Mixed, weights.AttentionOut, weights.AttentionOutBias, at.AttentionOut);
        pass.Hooks?.Visit(HookKind.AttentionOut, pass.Layer, at.AttentionOut);
    }

    /// <summary>From the gradient of the attention's output, the residual's, to that of its normed input, adding the gradients of its weights.</summary>
    public static void Backward(BlockBackward block, RotaryTable? rotary, AttentionPass pass)
    {
        var (config, weights, gradients, at, buffers) = block;
        Linear.BackwardWeights(buffers.ResidualGradient, at.Mixed, gradients?.AttentionOut, gradients?.AttentionOutBias);
        Linear.BackwardInput(buffers.ResidualGradient, weights.AttentionOut, buffers.MixedGradient);
        Kernels.CausalAttentionBackward(
            buffers.MixedGradient, Parts(config, at.QueryKeyValue), at.Pattern!, Shape(config, pass), Parts(config, buffers.QueryKeyValueGradient));
        if (rotary != null)
        {
            Kernels.Rotate(Rotated(config, buffers.QueryKeyValueGradient), config.HeadDim, rotary, pass.Length, inverse: true);
        }

        Linear.BackwardWeights(buffers.QueryKeyValueGradient, at.AttentionNormed, gradients?.QueryKeyValue, gradients?.QueryKeyValueBias);
        Linear.BackwardInput(buffers.QueryKeyValueGradient, weights.QueryKeyValue, buffers.AttentionNormedGradient);
    }

    /// <summary>Queries, keys and values as windows into their one matrix.</summary>
    public static QueryKeyValue Parts(LanguageModelConfig config, Matrix all)
    {
        int q = config.QueryDim, kv = config.KeyValueDim;
        return new QueryKeyValue(all.ColumnWindow(0, q), all.ColumnWindow(q, kv), all.ColumnWindow(q + kv, kv));
    }

    /// <summary>Queries and keys, which are what the rotary embedding turns.</summary>
    public static Matrix Rotated(LanguageModelConfig config, Matrix all) => all.ColumnWindow(0, config.QueryDim + config.KeyValueDim);

    private static AttentionShape Shape(LanguageModelConfig config, AttentionPass pass) =>
        new(pass.Sequences, pass.Length, config.HeadCount, config.HeadDim) { KeyValueHeads = config.KeyValueHeadCount };
}

/// <summary>Which block the attention runs in, over how many sequences of what length, who looks on, and what came before.</summary>
internal readonly record struct AttentionPass(int Layer, int Sequences, int Length, HookVisitor? Hooks, KeyValueCache? Cache = null);

/// <summary>What one block's backward pass reads and writes.</summary>
/// <param name="Config">the model</param>
/// <param name="Weights">the block's weights</param>
/// <param name="Gradients">Accumulated into; null where the weights are held fixed</param>
/// <param name="At">what the forward pass kept</param>
/// <param name="Buffers">ResidualGradient holds the gradient of the block's output</param>
internal readonly record struct BlockBackward(
    LanguageModelConfig Config, BlockWeights Weights, BlockWeights? Gradients, BlockActivations At, BackwardBuffers Buffers);

using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>One block of the transformer, forward and backward.</summary>
internal sealed class TransformerBlock(LanguageModelConfig config, RotaryTable? rotary)
{
    /// <summary>
    /// Sequential: mid = x + attention(norm x), result = mid + mlp(norm mid). Parallel: result = x + attention(norm x) + mlp(norm' x).
    /// </summary>
    /// <param name="weights">the block's weights</param>
    /// <param name="buffers">where everything is kept; the block's input is read from it and its output left in it</param>
    /// <param name="layer">which block</param>
    /// <param name="hooks">edits and captures, or null</param>
    /// <param name="cache">what the sequence had before, or null</param>
    public void Forward(BlockWeights weights, ForwardBuffers buffers, int layer, HookVisitor? hooks, KeyValueCache? cache = null)
    {
        var at = buffers.Blocks[layer];
        Matrix input = buffers.Residuals[layer], middle = buffers.Middles[layer], output = buffers.Residuals[layer + 1];
        hooks?.Visit(HookKind.ResidPre, layer, input);
        Norms.Forward(input, weights.AttentionNorm, weights.AttentionNormBias, config.NormEpsilon, at.AttentionNormed, at.AttentionStatistics);
        Attention.Forward(config, rotary, weights, at, new AttentionPass(layer, buffers.Sequences, buffers.Length, hooks, cache));
        if (!config.ParallelResidual)
        {
            Residual.Add(input, at.AttentionOut, middle);
            hooks?.Visit(HookKind.ResidMid, layer, middle);
        }

        Norms.Forward(middle, weights.MlpNorm, weights.MlpNormBias, config.NormEpsilon, at.MlpNormed, at.MlpStatistics);
        Mlp.Forward(config, weights, at, layer, hooks);
        Residual.Add(middle, at.MlpOut, output);
        if (config.ParallelResidual)
        {
            Residual.Add(output, at.AttentionOut, output);
        }

        hooks?.Visit(HookKind.ResidPost, layer, output);
    }

    /// <summary>From the gradient of the block's output to that of its input, in place, adding the gradients of its weights.</summary>
    /// <param name="weights">the block's weights</param>
    /// <param name="gradients">Accumulated into; null where the weights are held fixed</param>
    /// <param name="kept">what the forward pass kept</param>
    /// <param name="layer">which block</param>
    /// <param name="buffers">ResidualGradient holds the output's gradient and is left with the input's</param>
    public void Backward(BlockWeights weights, BlockWeights? gradients, ForwardBuffers kept, int layer, BackwardBuffers buffers)
    {
        var at = kept.Blocks[layer];
        var residualGradient = buffers.ResidualGradient;
        var block = new BlockBackward(config, weights, gradients, at, buffers);
        Mlp.Backward(block);
        if (!config.ParallelResidual)
        {
            MlpNormBackward();
        }

        Attention.Backward(block, rotary, new AttentionPass(layer, kept.Sequences, kept.Length, null));
        if (config.ParallelResidual)
        {
            MlpNormBackward();
        }

        Norms.Backward(
            buffers.AttentionNormedGradient, kept.Residuals[layer], weights.AttentionNorm, at.AttentionStatistics, residualGradient,
            gradients is null ? buffers.UnwantedNorm : (gradients.AttentionNorm, gradients.AttentionNormBias));

        void MlpNormBackward() => Norms.Backward(
            buffers.NormedGradient, kept.Middles[layer], weights.MlpNorm, at.MlpStatistics, residualGradient,
            gradients is null ? buffers.UnwantedNorm : (gradients.MlpNorm, gradients.MlpNormBias));
    }
}

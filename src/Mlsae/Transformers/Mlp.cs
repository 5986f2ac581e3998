using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>The MLP of a block: y = W_out · activation(W_in · x), or W_out · (silu(W_in · x) · W_up · x).</summary>
internal static class Mlp
{
    public static void Forward(LanguageModelConfig config, BlockWeights weights, BlockActivations at, int layer, HookVisitor? hooks)
    {
        Linear.Forward(at.MlpNormed, weights.MlpIn, weights.MlpInBias, at.MlpPre);
        hooks?.Visit(HookKind.MlpPre, layer, at.MlpPre);
        if (at.MlpUp != null)
        {
            Linear.Forward(at.MlpNormed, weights.MlpUp!, weights.MlpUpBias, at.MlpUp);
        }

        Activate(config.Activation, at.MlpPre, at.MlpUp, at.MlpPost);
        hooks?.Visit(HookKind.MlpPost, layer, at.MlpPost);
        Linear.Forward(at.MlpPost, weights.MlpOut, weights.MlpOutBias, at.MlpOut);
        hooks?.Visit(HookKind.MlpOut, layer, at.MlpOut);
    }

    /// <summary>From the gradient of the MLP's output, the residual's, to that of its normed input, adding the gradients of its weights.</summary>
    public static void Backward(BlockBackward block)
    {
        var (config, weights, gradients, at, buffers) = block;
        Linear.BackwardWeights(buffers.ResidualGradient, at.MlpPost, gradients?.MlpOut, gradients?.MlpOutBias);
        Linear.BackwardInput(buffers.ResidualGradient, weights.MlpOut, buffers.MlpGradient);
        switch (config.Activation)
        {
            case ActivationKind.Gelu:
                Kernels.GeluBackward(at.MlpPre, buffers.MlpGradient, buffers.MlpGradient);
                break;
            case ActivationKind.GeluTanh:
                Kernels.GeluTanhBackward(at.MlpPre, buffers.MlpGradient, buffers.MlpGradient);
                break;
            case ActivationKind.Relu:
                Kernels.ReluBackward(at.MlpPre, buffers.MlpGradient, buffers.MlpGradient);
                break;
            default:
                Kernels.SiluProductBackward(at.MlpPre, at.MlpUp!, buffers.MlpGradient, buffers.MlpGradient, buffers.MlpUpGradient!);
                break;
        }

        Linear.BackwardWeights(buffers.MlpGradient, at.MlpNormed, gradients?.MlpIn, gradients?.MlpInBias);
        Linear.BackwardInput(buffers.MlpGradient, weights.MlpIn, buffers.NormedGradient);
        if (buffers.MlpUpGradient != null)
        {
            Linear.BackwardWeights(buffers.MlpUpGradient, at.MlpNormed, gradients?.MlpUp, gradients?.MlpUpBias);
            Linear.BackwardInput(buffers.MlpUpGradient, weights.MlpUp!, buffers.NormedGradient, accumulate: true);
        }
    }

    public static void Activate(ActivationKind activation, Matrix pre, Matrix? up, Matrix post)
    {
        switch (activation)
        {
            case ActivationKind.Gelu:
                Kernels.Gelu(pre, post);
                break;
            case ActivationKind.GeluTanh:
                Kernels.GeluTanh(pre, post);
                break;
            case ActivationKind.Relu:
                Kernels.Relu(pre, post);
                break;
            default:
                Kernels.SiluProduct(pre, up!, post);
                break;
        }
    }
}

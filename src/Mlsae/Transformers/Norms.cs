using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>The norm that a configuration asks for.</summary>
internal static class Norms
{
    public static void Forward(Matrix x, float[] weight, float[]? bias, float epsilon, Matrix result, NormStatistics? statistics)
    {
        if (bias != null)
        {
            Kernels.LayerNorm(x, weight, bias, epsilon, result, statistics);
        }
        else
        {
            Kernels.RmsNorm(x, weight, epsilon, result, statistics);
        }
    }

    /// <summary>Adds to <paramref name="xGradient"/> and to the gradients of weight and bias; without a bias gradient it is an RMSNorm.</summary>
    public static void Backward(
        Matrix resultGradient, Matrix x, float[] weight, NormStatistics statistics, Matrix xGradient, (float[] Weight, float[]? Bias) gradients)
    {
        if (gradients.Bias != null)
        {
            Kernels.LayerNormBackward(resultGradient, x, weight, statistics, xGradient, gradients.Weight, gradients.Bias);
        }
        else
        {
            Kernels.RmsNormBackward(resultGradient, x, weight, statistics, xGradient, gradients.Weight);
        }
    }
}

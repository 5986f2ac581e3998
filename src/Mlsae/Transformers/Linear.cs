using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>y = x · Wᵀ + b over all tokens, and its gradients.</summary>
internal static class Linear
{
    /// <summary>Rows whose bias is written by one piece of work.</summary>
    private const int BlockRows = 256;

    /// <param name="x">[tokens × inputs]</param>
    /// <param name="weight">[outputs × inputs]</param>
    /// <param name="bias">[outputs] or null</param>
    /// <param name="result">[tokens × outputs] Overwritten.</param>
    public static void Forward(Matrix x, Matrix weight, float[]? bias, Matrix result)
    {
        if (bias != null)
        {
            Workers.ForBlocks(result.Rows, BlockRows, (start, end) =>
            {
                for (int row = start; row < end; row++)
                {
                    bias.CopyTo(result.Row(row));
                }
            });
        }

        Kernels.MatMulTransposedB(x, weight, result, accumulate: bias != null);
    }

    /// <summary>Adds the gradients of weight and bias.</summary>
    /// <param name="resultGradient">[tokens × outputs]</param>
    /// <param name="x">[tokens × inputs] what the forward pass read</param>
    /// <param name="weightGradient">[outputs × inputs] Accumulated into; null where the weights are held fixed</param>
    /// <param name="biasGradient">[outputs] Accumulated into; or null</param>
    public static void BackwardWeights(Matrix resultGradient, Matrix x, Matrix? weightGradient, float[]? biasGradient)
    {
        if (weightGradient != null)
        {
            Kernels.MatMulTransposedA(resultGradient, x, weightGradient, accumulate: true);
        }

        if (biasGradient != null)
        {
            Kernels.BiasGradient(resultGradient, biasGradient);
        }
    }

    /// <summary>The gradient of x.</summary>
    /// <param name="resultGradient">[tokens × outputs]</param>
    /// <param name="weight">[outputs × inputs]</param>
    /// <param name="gradient">[tokens × inputs] Overwritten, or accumulated into.</param>
    /// <param name="accumulate">whether it is accumulated into</param>
    public static void BackwardInput(Matrix resultGradient, Matrix weight, Matrix gradient, bool accumulate = false) =>
        Kernels.MatMul(resultGradient, weight, gradient, accumulate);
}

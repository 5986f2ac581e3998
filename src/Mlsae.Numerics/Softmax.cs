namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>Softmax of every row: exp(x − max) / Σ exp(x − max).</summary>
    /// <param name="x">[rows × columns]</param>
    /// <param name="result">[rows × columns] Overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void Softmax(Matrix x, Matrix result)
    {
        RequireSameSize(result, x);
        ForRows(x.Rows, x.Columns, row => Softmax(x.Row(row), result.Row(row)));
    }

    /// <summary>Softmax of one vector: exp(x − max) / Σ exp(x − max).</summary>
    /// <param name="x">[n]</param>
    /// <param name="result">[n] Overwritten; may be <paramref name="x"/>.</param>
    /// <remarks>A NaN anywhere makes every element NaN.</remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Softmax(ReadOnlySpan<float> x, Span<float> result)
    {
        double sum = ExpShifted(x, Maximum(x), result);
        float scale = (float)(1 / sum);
        for (int i = 0; i < result.Length; i++)
        {
            result[i] *= scale;
        }
    }

    /// <summary>The gradient of <see cref="Softmax(Matrix, Matrix)"/>: p·(g − Σ g·p), from the result p.</summary>
    /// <param name="probabilities">[rows × columns] the result of the forward pass</param>
    /// <param name="resultGradient">[rows × columns] g</param>
    /// <param name="xGradient">[rows × columns] Overwritten; may be either input.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void SoftmaxBackward(Matrix probabilities, Matrix resultGradient, Matrix xGradient)
    {
        RequireSameSize(resultGradient, probabilities);
        RequireSameSize(xGradient, probabilities);
        ForRows(probabilities.Rows, probabilities.Columns, row =>
            SoftmaxBackward(probabilities.Row(row), resultGradient.Row(row), 1, xGradient.Row(row)));
    }

    /// <summary>The gradient of the softmax of scale·x in x: scale·p·(g − Σ g·p), from the result p.</summary>
    /// <param name="probabilities">[n] the result of the forward pass</param>
    /// <param name="resultGradient">[n] g</param>
    /// <param name="scale">what x was multiplied by before the softmax</param>
    /// <param name="xGradient">[n] Overwritten; may be either input.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void SoftmaxBackward(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> resultGradient, float scale, Span<float> xGradient)
    {
        Require.Equal(resultGradient.Length, probabilities.Length);
        Require.Equal(xGradient.Length, probabilities.Length);
        double sum = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            sum += probabilities[i] * resultGradient[i];
        }

        float mean = (float)sum;
        for (int i = 0; i < probabilities.Length; i++)
        {
            xGradient[i] = scale * probabilities[i] * (resultGradient[i] - mean);
        }
    }

    /// <summary>The largest element; −∞ where there is none. A NaN may be passed over: what follows must carry it.</summary>
    private static float Maximum(ReadOnlySpan<float> x)
    {
        float maximum = float.NegativeInfinity;
        for (int i = 0; i < x.Length; i++)
        {
            maximum = Math.Max(maximum, x[i]);
        }

        return maximum;
    }

    /// <summary>result = exp(x − shift). Returns its sum.</summary>
    private static double ExpShifted(ReadOnlySpan<float> x, float shift, Span<float> result)
    {
        Require.Equal(result.Length, x.Length);
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            result[i] = MathF.Exp(x[i] - shift);
            sum += result[i];
        }

        return sum;
    }
}

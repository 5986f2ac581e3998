namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>Layer normalisation of every row: (x − mean) / √(variance + epsilon) · weight + bias, with the biased variance (divisor d).</summary>
    /// <param name="x">[rows × d]</param>
    /// <param name="weight">[d]</param>
    /// <param name="bias">[d]</param>
    /// <param name="epsilon">added to the variance</param>
    /// <param name="result">[rows × d] Overwritten; may be <paramref name="x"/>.</param>
    /// <param name="statistics">Overwritten with what the backward pass needs; null where none follows.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void LayerNorm(Matrix x, float[] weight, float[] bias, float epsilon, Matrix result, NormStatistics? statistics = null)
    {
        RequireSameSize(result, x);
        Require.Equal(weight.Length, x.Columns);
        Require.Equal(bias.Length, x.Columns);
        statistics?.RequireRows(x.Rows);
        ForRows(x.Rows, x.Columns, row =>
        {
            var (mean, inverseDeviation) = LayerNorm(x.Row(row), weight, bias, epsilon, result.Row(row));
            statistics?.Set(row, mean, inverseDeviation);
        });
    }

    /// <summary>Layer normalisation of one vector, as <see cref="LayerNorm(Matrix, float[], float[], float, Matrix, NormStatistics?)"/>.</summary>
    /// <param name="x">[d]</param>
    /// <param name="weight">[d]</param>
    /// <param name="bias">[d]</param>
    /// <param name="epsilon">added to the variance</param>
    /// <param name="result">[d] Overwritten; may be <paramref name="x"/>.</param>
    /// <returns>the mean and 1 / √(variance + epsilon)</returns>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static (float Mean, float InverseDeviation) LayerNorm(
        ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float epsilon, Span<float> result)
    {
        Require.Equal(weight.Length, x.Length);
        Require.Equal(bias.Length, x.Length);
        Require.Equal(result.Length, x.Length);
        double sum = 0, squares = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i];
        }

        float mean = (float)(sum / x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            squares += (x[i] - mean) * (x[i] - mean);
        }

        float inverseDeviation = (float)(1 / Math.Sqrt(squares / x.Length + epsilon));
        for (int i = 0; i < x.Length; i++)
        {
            result[i] = (x[i] - mean) * inverseDeviation * weight[i] + bias[i];
        }

        return (mean, inverseDeviation);
    }

    /// <summary>The gradients of <see cref="LayerNorm(Matrix, float[], float[], float, Matrix, NormStatistics?)"/>.</summary>
    /// <param name="resultGradient">[rows × d] gradient of the loss in the result</param>
    /// <param name="x">[rows × d] what was normalised</param>
    /// <param name="weight">[d]</param>
    /// <param name="statistics">as the forward pass left them</param>
    /// <param name="xGradient">[rows × d] Accumulated into.</param>
    /// <param name="weightGradient">[d] Accumulated into.</param>
    /// <param name="biasGradient">[d] Accumulated into.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void LayerNormBackward(
        Matrix resultGradient, Matrix x, float[] weight, NormStatistics statistics, Matrix xGradient, float[] weightGradient, float[] biasGradient)
    {
        RequireSameSize(resultGradient, x);
        RequireSameSize(xGradient, x);
        int d = x.Columns;
        Require.Equal(weight.Length, d);
        Require.Equal(weightGradient.Length, d);
        Require.Equal(biasGradient.Length, d);
        statistics.RequireRows(x.Rows);
        SumOverRows(x.Rows, 2 * d, (row, sums) =>
        {
            LayerNormBackward(
                resultGradient.Row(row), x.Row(row), weight, statistics.Mean[row], statistics.InverseDeviation[row], xGradient.Row(row),
                sums[..d], sums[d..]);
        }, weightGradient, biasGradient);
    }

    private static void LayerNormBackward(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float mean, float inverseDeviation, Span<float> dx,
        Span<float> dWeight, Span<float> dBias)
    {
        double sum = 0, product = 0;
        for (int i = 0; i < x.Length; i++)
        {
            float normal = (x[i] - mean) * inverseDeviation;
            sum += dy[i] * weight[i];
            product += dy[i] * weight[i] * normal;
            dWeight[i] += dy[i] * normal;
            dBias[i] += dy[i];
        }

        float meanSum = (float)(sum / x.Length), meanProduct = (float)(product / x.Length);
        for (int i = 0; i < x.Length; i++)
        {
            float normal = (x[i] - mean) * inverseDeviation;
            dx[i] += inverseDeviation * (dy[i] * weight[i] - meanSum - normal * meanProduct);
        }
    }
}

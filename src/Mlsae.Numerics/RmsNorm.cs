using System.Numerics;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>RMS normalisation of every row: x / √(mean(x²) + epsilon) · weight (Zhang and Sennrich, 2019).</summary>
    /// <param name="x">[rows × d]</param>
    /// <param name="weight">[d]</param>
    /// <param name="epsilon">added to the mean square</param>
    /// <param name="result">[rows × d] Overwritten; may be <paramref name="x"/>.</param>
    /// <param name="statistics">Overwritten with what the backward pass needs; null where none follows.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void RmsNorm(Matrix x, float[] weight, float epsilon, Matrix result, NormStatistics? statistics = null)
    {
        RequireSameSize(result, x);
        Require.Equal(weight.Length, x.Columns);
        statistics?.RequireRows(x.Rows);
        ForRows(x.Rows, x.Columns, row =>
        {
            float inverseDeviation = RmsNorm(x.Row(row), weight, epsilon, result.Row(row));
            statistics?.Set(row, 0, inverseDeviation);
        });
    }

    /// <summary>RMS normalisation of one vector, as <see cref="RmsNorm(Matrix, float[], float, Matrix, NormStatistics?)"/>.</summary>
    /// <param name="x">[d]</param>
    /// <param name="weight">[d]</param>
    /// <param name="epsilon">added to the mean square</param>
    /// <param name="result">[d] Overwritten; may be <paramref name="x"/>.</param>
    /// <returns>1 / √(mean(x²) + epsilon)</returns>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static float RmsNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon, Span<float> result)
    {
        Require.Equal(weight.Length, x.Length);
        Require.Equal(result.Length, x.Length);
        float inverseDeviation = (float)(1 / Math.Sqrt(SumOfSquares(x) / x.Length + epsilon));
        int lanes = Vector<float>.Count, i = 0;
        for (; i <= x.Length - lanes; i += lanes)
        {
            (new Vector<float>(x[i..]) * inverseDeviation * new Vector<float>(weight[i..])).CopyTo(result[i..]);
        }

        for (; i < x.Length; i++)
        {
            result[i] = x[i] * inverseDeviation * weight[i];
        }

        return inverseDeviation;
    }

    /// <summary>The gradients of <see cref="RmsNorm(Matrix, float[], float, Matrix, NormStatistics?)"/>.</summary>
    /// <param name="resultGradient">[rows × d] gradient of the loss in the result</param>
    /// <param name="x">[rows × d] what was normalised</param>
    /// <param name="weight">[d]</param>
    /// <param name="statistics">as the forward pass left them</param>
    /// <param name="xGradient">[rows × d] Accumulated into.</param>
    /// <param name="weightGradient">[d] Accumulated into.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void RmsNormBackward(
        Matrix resultGradient, Matrix x, float[] weight, NormStatistics statistics, Matrix xGradient, float[] weightGradient)
    {
        RequireSameSize(resultGradient, x);
        RequireSameSize(xGradient, x);
        Require.Equal(weight.Length, x.Columns);
        Require.Equal(weightGradient.Length, x.Columns);
        statistics.RequireRows(x.Rows);
        SumOverRows(x.Rows, x.Columns, (row, sums) =>
        {
            RmsNormBackward(resultGradient.Row(row), x.Row(row), weight, statistics.InverseDeviation[row], xGradient.Row(row), sums);
        }, weightGradient);
    }

    private static void RmsNormBackward(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float inverseDeviation, Span<float> dx, Span<float> dWeight)
    {
        int lanes = Vector<float>.Count, i = 0;
        float factor = AddRmsNormSums(dy, x, weight, inverseDeviation, dWeight) / x.Length * inverseDeviation;
        for (; i <= x.Length - lanes; i += lanes)
        {
            var centered = new Vector<float>(dy[i..]) * new Vector<float>(weight[i..]) - new Vector<float>(x[i..]) * factor;
            (new Vector<float>(dx[i..]) + centered * inverseDeviation).CopyTo(dx[i..]);
        }

        for (; i < x.Length; i++)
        {
            dx[i] += inverseDeviation * (dy[i] * weight[i] - x[i] * factor);
        }
    }

    /// <summary>Adds one row to the gradient of weight. Returns Σ dy·weight·normal, where normal is the normalised row.</summary>
    private static float AddRmsNormSums(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float inverseDeviation, Span<float> dWeight)
    {
        int lanes = Vector<float>.Count, i = 0;
        Vector<float> products = default;
        for (; i <= x.Length - lanes; i += lanes)
        {
            var weightGradient = new Vector<float>(dy[i..]) * new Vector<float>(x[i..]) * inverseDeviation;
            products += weightGradient * new Vector<float>(weight[i..]);
            (new Vector<float>(dWeight[i..]) + weightGradient).CopyTo(dWeight[i..]);
        }

        float product = Vector.Sum(products);
        for (; i < x.Length; i++)
        {
            float weightGradient = dy[i] * x[i] * inverseDeviation;
            product += weightGradient * weight[i];
            dWeight[i] += weightGradient;
        }

        return product;
    }
}

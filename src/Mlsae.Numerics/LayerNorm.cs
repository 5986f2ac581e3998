using System.Numerics;
using System.Runtime.InteropServices;

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
        float mean = Sum(x) / x.Length;
        float inverseDeviation = (float)(1 / Math.Sqrt(SumOfSquaredDifferences(x, mean) / x.Length + epsilon));
        int lanes = Vector<float>.Count, i = 0;
        var vMean = new Vector<float>(mean);
        var vInverse = new Vector<float>(inverseDeviation);
        for (; i <= x.Length - lanes; i += lanes)
        {
            var normal = (new Vector<float>(x[i..]) - vMean) * vInverse;
            (normal * new Vector<float>(weight[i..]) + new Vector<float>(bias[i..])).CopyTo(result[i..]);
        }

        for (; i < x.Length; i++)
        {
            result[i] = (x[i] - mean) * inverseDeviation * weight[i] + bias[i];
        }

        return (mean, inverseDeviation);
    }

    private static float SumOfSquaredDifferences(ReadOnlySpan<float> x, float center)
    {
        var vx = MemoryMarshal.Cast<float, Vector<float>>(x);
        Vector<float> s0 = default, s1 = default, vCenter = new(center);
        int i = 0;
        for (; i <= vx.Length - 2; i += 2)
        {
            var (d0, d1) = (vx[i] - vCenter, vx[i + 1] - vCenter);
            s0 += d0 * d0;
            s1 += d1 * d1;
        }

        for (; i < vx.Length; i++)
        {
            s0 += (vx[i] - vCenter) * (vx[i] - vCenter);
        }

        float sum = Vector.Sum(s0 + s1);
        for (int j = vx.Length * Vector<float>.Count; j < x.Length; j++)
        {
            sum += (x[j] - center) * (x[j] - center);
        }

        return sum;
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
        var (sum, product) = AddLayerNormSums(dy, x, weight, mean, inverseDeviation, dWeight, dBias);
        float meanSum = sum / x.Length, meanProduct = product / x.Length;
        int lanes = Vector<float>.Count, i = 0;
        for (; i <= x.Length - lanes; i += lanes)
        {
            var normal = (new Vector<float>(x[i..]) - new Vector<float>(mean)) * inverseDeviation;
            var centered = new Vector<float>(dy[i..]) * new Vector<float>(weight[i..]) - new Vector<float>(meanSum) - normal * meanProduct;
            (new Vector<float>(dx[i..]) + centered * inverseDeviation).CopyTo(dx[i..]);
        }

        for (; i < x.Length; i++)
        {
            float normal = (x[i] - mean) * inverseDeviation;
            dx[i] += inverseDeviation * (dy[i] * weight[i] - meanSum - normal * meanProduct);
        }
    }

    /// <summary>Adds one row to the gradients of weight and bias. Returns Σ dy·weight and Σ dy·weight·normal, where normal is the normalised row.</summary>
    private static (float Sum, float Product) AddLayerNormSums(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float mean, float inverseDeviation, Span<float> dWeight,
        Span<float> dBias)
    {
        int lanes = Vector<float>.Count, i = 0;
        Vector<float> sums = default, products = default;
        for (; i <= x.Length - lanes; i += lanes)
        {
            var normal = (new Vector<float>(x[i..]) - new Vector<float>(mean)) * inverseDeviation;
            var gradient = new Vector<float>(dy[i..]);
            var weighted = gradient * new Vector<float>(weight[i..]);
            sums += weighted;
            products += weighted * normal;
            (new Vector<float>(dWeight[i..]) + gradient * normal).CopyTo(dWeight[i..]);
            (new Vector<float>(dBias[i..]) + gradient).CopyTo(dBias[i..]);
        }

        float sum = Vector.Sum(sums), product = Vector.Sum(products);
        for (; i < x.Length; i++)
        {
            float normal = (x[i] - mean) * inverseDeviation;
            sum += dy[i] * weight[i];
            product += dy[i] * weight[i] * normal;
            dWeight[i] += dy[i] * normal;
            dBias[i] += dy[i];
        }

        return (sum, product);
    }
}

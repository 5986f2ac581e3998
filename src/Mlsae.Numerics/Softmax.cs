using System.Numerics;
using System.Runtime.InteropServices;

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
        Require.Equal(result.Length, x.Length);
        double sum = SumExpShifted(x, Maximum(x), result);
        Scale(result, (float)(1 / sum));
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
        float mean = Dot(probabilities, resultGradient);
        int lanes = Vector<float>.Count, i = 0;
        for (; i <= probabilities.Length - lanes; i += lanes)
        {
            var difference = new Vector<float>(resultGradient[i..]) - new Vector<float>(mean);
            (new Vector<float>(probabilities[i..]) * scale * difference).CopyTo(xGradient[i..]);
        }

        for (; i < probabilities.Length; i++)
        {
            xGradient[i] = probabilities[i] * scale * (resultGradient[i] - mean);
        }
    }

    /// <summary>The largest element; −∞ where there is none. A NaN may be passed over: what follows must carry it.</summary>
    internal static float Maximum(ReadOnlySpan<float> x)
    {
        var vx = MemoryMarshal.Cast<float, Vector<float>>(x);
        var largest = new Vector<float>(float.NegativeInfinity);
        var other = largest;
        int pair = 0;
        for (; pair <= vx.Length - 2; pair += 2)
        {
            largest = Vector.MaxNative(vx[pair], largest);
            other = Vector.MaxNative(vx[pair + 1], other);
        }

        largest = Vector.MaxNative(pair < vx.Length ? vx[pair] : other, Vector.MaxNative(other, largest));
        float maximum = float.NegativeInfinity;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
        {
            maximum = largest[lane] > maximum ? largest[lane] : maximum;
        }

        for (int i = vx.Length * Vector<float>.Count; i < x.Length; i++)
        {
            maximum = x[i] > maximum ? x[i] : maximum;
        }

        return maximum;
    }

    /// <summary>Σ exp(x − shift), and result = exp(x − shift) unless <paramref name="result"/> is empty.</summary>
    /// <remarks>Summed in float over pieces of 128 vectors, and in double over these: a vocabulary is long.</remarks>
    private static double SumExpShifted(ReadOnlySpan<float> x, float shift, Span<float> result)
    {
        var vx = MemoryMarshal.Cast<float, Vector<float>>(x);
        var vResult = MemoryMarshal.Cast<float, Vector<float>>(result);
        var vShift = new Vector<float>(shift);
        double sum = 0;
        for (int start = 0; start < vx.Length; start += 128)
        {
            Vector<float> sums = default;
            for (int i = start; i < Math.Min(start + 128, vx.Length); i++)
            {
                var power = VectorMath.Exp(vx[i] - vShift);
                sums += power;
                if (!vResult.IsEmpty)
                {
                    vResult[i] = power;
                }
            }

            sum += Vector.Sum(sums);
        }

        int done = vx.Length * Vector<float>.Count;
        return done == x.Length ? sum : sum + SumLastExpShifted(x[done..], vShift, result.IsEmpty ? default : result[done..]);
    }

    private static float SumLastExpShifted(ReadOnlySpan<float> x, Vector<float> shift, Span<float> result)
    {
        var power = VectorMath.Exp(ElementFunctions.LoadFirst(x, float.NegativeInfinity) - shift);
        ElementFunctions.StoreFirst(power, result);
        return Vector.Sum(power);
    }
}

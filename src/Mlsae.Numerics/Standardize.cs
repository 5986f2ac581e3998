using System.Numerics;
using System.Runtime.InteropServices;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>What is added to a standard deviation before dividing by it, as Lawson et al.'s code does.</summary>
    public const float StandardizeEpsilon = 1e-5f;

    /// <summary>(x − mean) / (s + 1e-5), with s the sample standard deviation over the components, divisor d − 1.</summary>
    /// <param name="x">[d_model]</param>
    /// <param name="result">[d_model] Overwritten. May be <paramref name="x"/>.</param>
    /// <returns>The mean and s, for the way back: x = y·s + mean, without the 1e-5.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static (float Mean, float Scale) Standardize(ReadOnlySpan<float> x, Span<float> result)
    {
        Require.Equal(result.Length, x.Length);
        float mean = Sum(x) / x.Length;
        AddConstant(x, -mean, result);

        // The mean of what is left is a rounding error; taking it off again keeps the variance exact where the mean is large.
        float rest = Sum(result) / x.Length;
        float squares = SumOfSquares(result) - x.Length * rest * rest;
        float scale = MathF.Sqrt(MathF.Max(squares, 0) / (x.Length - 1));
        scale = float.IsNaN(squares) ? float.NaN : scale;
        Scale(result, 1 / (scale + StandardizeEpsilon));
        return (mean, scale);
    }

    /// <summary>Σᵢ x[i].</summary>
    /// <param name="x">[n]</param>
    public static float Sum(ReadOnlySpan<float> x)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(x);
        Vector<float> s0 = default, s1 = default;
        int i = 0;
        for (; i <= vectors.Length - 2; i += 2)
        {
            s0 += vectors[i];
            s1 += vectors[i + 1];
        }

        for (; i < vectors.Length; i++)
        {
            s0 += vectors[i];
        }

        float sum = Vector.Sum(s0 + s1);
        for (int j = vectors.Length * Vector<float>.Count; j < x.Length; j++)
        {
            sum += x[j];
        }

        return sum;
    }

    /// <summary>result[i] = x[i] + constant.</summary>
    /// <param name="x">[n]</param>
    /// <param name="constant">added to every element</param>
    /// <param name="result">[n] Overwritten. May be <paramref name="x"/>.</param>
    public static void AddConstant(ReadOnlySpan<float> x, float constant, Span<float> result)
    {
        Require.Equal(result.Length, x.Length);
        var vx = MemoryMarshal.Cast<float, Vector<float>>(x);
        var vr = MemoryMarshal.Cast<float, Vector<float>>(result);
        var c = new Vector<float>(constant);
        for (int i = 0; i < vx.Length; i++)
        {
            vr[i] = vx[i] + c;
        }

        for (int i = vx.Length * Vector<float>.Count; i < x.Length; i++)
        {
            result[i] = x[i] + constant;
        }
    }
}

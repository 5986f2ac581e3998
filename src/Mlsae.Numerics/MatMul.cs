using System.Runtime.Intrinsics;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>result = a · b, or result += a · b.</summary>
    /// <param name="a">[m × k]</param>
    /// <param name="b">[k × n]</param>
    /// <param name="result">[m × n] Overwritten, or accumulated into; shares no element with <paramref name="a"/> or <paramref name="b"/>.</param>
    /// <param name="accumulate">whether the product is added to what <paramref name="result"/> holds</param>
    /// <remarks>A row of the result depends on that row of <paramref name="a"/> alone: neither on the number of rows nor on that of threads, to the last bit.</remarks>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static void MatMul(Matrix a, Matrix b, Matrix result, bool accumulate = false)
    {
        Require.Equal(b.Rows, a.Columns);
        Require.Equal(result.Rows, a.Rows);
        Require.Equal(result.Columns, b.Columns);
        Multiply(new Panels(a, false), new Panels(b, true), result, accumulate);
    }

    /// <summary>result = a · bᵀ, or result += a · bᵀ: every row of <paramref name="a"/> against every row of <paramref name="b"/>.</summary>
    /// <param name="a">[m × k]</param>
    /// <param name="b">[n × k]</param>
    /// <param name="result">[m × n] Overwritten, or accumulated into; shares no element with <paramref name="a"/> or <paramref name="b"/>.</param>
    /// <param name="accumulate">whether the product is added to what <paramref name="result"/> holds</param>
    /// <remarks><inheritdoc cref="MatMul" path="/remarks"/></remarks>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static void MatMulTransposedB(Matrix a, Matrix b, Matrix result, bool accumulate = false)
    {
        Require.Equal(b.Columns, a.Columns);
        Require.Equal(result.Rows, a.Rows);
        Require.Equal(result.Columns, b.Rows);
        Multiply(new Panels(a, false), new Panels(b, false), result, accumulate);
    }

    /// <summary>result = aᵀ · b, or result += aᵀ · b: a sum over the rows that <paramref name="a"/> and <paramref name="b"/> share, as in weight gradients.</summary>
    /// <param name="a">[k × m]</param>
    /// <param name="b">[k × n]</param>
    /// <param name="result">[m × n] Overwritten, or accumulated into; shares no element with <paramref name="a"/> or <paramref name="b"/>.</param>
    /// <param name="accumulate">whether the product is added to what <paramref name="result"/> holds</param>
    /// <remarks><inheritdoc cref="MatMul" path="/remarks"/></remarks>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static void MatMulTransposedA(Matrix a, Matrix b, Matrix result, bool accumulate = false)
    {
        Require.Equal(b.Rows, a.Rows);
        Require.Equal(result.Rows, a.Columns);
        Require.Equal(result.Columns, b.Columns);
        Multiply(new Panels(a, true), new Panels(b, true), result, accumulate);
    }

    private static void Multiply(Panels a, Panels b, Matrix result, bool accumulate)
    {
        if (Simd512.IsSupported)
        {
            MatrixProduct<Simd512, Vector512<float>>.Own.Run(a, b, result, accumulate);
        }
        else if (Simd256.IsSupported)
        {
            MatrixProduct<Simd256, Vector256<float>>.Own.Run(a, b, result, accumulate);
        }
        else if (Simd128.IsSupported)
        {
            MatrixProduct<Simd128, Vector128<float>>.Own.Run(a, b, result, accumulate);
        }
        else
        {
            MatrixProduct<SimdScalar, float>.Own.Run(a, b, result, accumulate);
        }
    }
}

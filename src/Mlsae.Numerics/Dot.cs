using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mlsae.Numerics;

/// <summary>The kernels: plain functions over spans and matrices. One operation, one file; the matrix-level ones run on <see cref="Workers"/>.</summary>
public static partial class Kernels
{
    /// <summary>Dot product: Σᵢ x[i]·y[i].</summary>
    /// <param name="x">[n]</param>
    /// <param name="y">[n]</param>
    /// <remarks>The order of summation depends on the vector width, so the last bits differ between machines.</remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        Require.Equal(y.Length, x.Length);
        return Simd512.IsSupported ? Dot<Simd512, Vector512<float>>(x, y)
            : Simd256.IsSupported ? Dot<Simd256, Vector256<float>>(x, y)
            : Simd128.IsSupported ? Dot<Simd128, Vector128<float>>(x, y)
            : Dot<SimdScalar, float>(x, y);
    }

    /// <summary>Sum of squares: Σᵢ x[i]².</summary>
    /// <param name="x">[n]</param>
    public static float SumOfSquares(ReadOnlySpan<float> x) => Dot(x, x);

    private static float Dot<TSimd, TVector>(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ref float px = ref MemoryMarshal.GetReference(x);
        ref float py = ref MemoryMarshal.GetReference(y);
        nuint lanes = (nuint)TSimd.Lanes, length = (nuint)x.Length, i = 0;

        // Four sums: a fused multiplication takes four cycles, and two loads can feed one in each.
        TVector s0 = TSimd.Broadcast(0), s1 = s0, s2 = s0, s3 = s0;
        for (; i + 4 * lanes <= length; i += 4 * lanes)
        {
            s0 = TSimd.MultiplyAdd(TSimd.Load(in px, i), TSimd.Load(in py, i), s0);
            s1 = TSimd.MultiplyAdd(TSimd.Load(in px, i + lanes), TSimd.Load(in py, i + lanes), s1);
            s2 = TSimd.MultiplyAdd(TSimd.Load(in px, i + 2 * lanes), TSimd.Load(in py, i + 2 * lanes), s2);
            s3 = TSimd.MultiplyAdd(TSimd.Load(in px, i + 3 * lanes), TSimd.Load(in py, i + 3 * lanes), s3);
        }

        for (; i + lanes <= length; i += lanes)
        {
            s0 = TSimd.MultiplyAdd(TSimd.Load(in px, i), TSimd.Load(in py, i), s0);
        }

        float sum = TSimd.Sum(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)));
        for (; i < length; i++)
        {
            sum = TSimd.MultiplyAdd(Unsafe.Add(ref px, i), Unsafe.Add(ref py, i), sum);
        }

        return sum;
    }
}

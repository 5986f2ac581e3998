using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    // Four rows at once: what they are added to is loaded and stored once for the four, and their cache misses overlap.
    private const int FourRows = 4;

    /// <summary>y += Σᵢ factors[i] · source[rows[i]] over the first four.</summary>
    /// <param name="source">[n × d]</param>
    /// <param name="rows">[4] rows of <paramref name="source"/></param>
    /// <param name="factors">[4]</param>
    /// <param name="y">[d] Accumulated into.</param>
    private static void AddFourRows(Matrix source, ReadOnlySpan<int> rows, ReadOnlySpan<float> factors, Span<float> y)
    {
        if (Simd512.IsSupported)
        {
            AddFourRows<Simd512, Vector512<float>>(source, rows, factors, y);
        }
        else if (Simd256.IsSupported)
        {
            AddFourRows<Simd256, Vector256<float>>(source, rows, factors, y);
        }
        else if (Simd128.IsSupported)
        {
            AddFourRows<Simd128, Vector128<float>>(source, rows, factors, y);
        }
        else
        {
            AddFourRows<SimdScalar, float>(source, rows, factors, y);
        }
    }

    /// <summary>As <see cref="AddFourRows(Matrix, ReadOnlySpan{int}, ReadOnlySpan{float}, Span{float})"/>, and dots[i] = source[rows[i]] · w in the same pass.</summary>
    private static void DotAndAddFourRows(
        Matrix source, ReadOnlySpan<int> rows, ReadOnlySpan<float> factors, ReadOnlySpan<float> w, Span<float> y, Span<float> dots)
    {
        if (Simd512.IsSupported)
        {
            DotAndAddFourRows<Simd512, Vector512<float>>(source, rows, factors, w, y, dots);
        }
        else if (Simd256.IsSupported)
        {
            DotAndAddFourRows<Simd256, Vector256<float>>(source, rows, factors, w, y, dots);
        }
        else if (Simd128.IsSupported)
        {
            DotAndAddFourRows<Simd128, Vector128<float>>(source, rows, factors, w, y, dots);
        }
        else
        {
            DotAndAddFourRows<SimdScalar, float>(source, rows, factors, w, y, dots);
        }
    }

    private static void AddFourRows<TSimd, TVector>(Matrix source, ReadOnlySpan<int> rows, ReadOnlySpan<float> factors, Span<float> y)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        Require.Equal(y.Length, source.Columns);
        ref float a = ref MemoryMarshal.GetReference(source.Row(rows[0])), b = ref MemoryMarshal.GetReference(source.Row(rows[1]));
        ref float c = ref MemoryMarshal.GetReference(source.Row(rows[2])), d = ref MemoryMarshal.GetReference(source.Row(rows[3]));
        ref float py = ref MemoryMarshal.GetReference(y);
        float fa = factors[0], fb = factors[1], fc = factors[2], fd = factors[3];
        TVector va = TSimd.Broadcast(fa), vb = TSimd.Broadcast(fb), vc = TSimd.Broadcast(fc), vd = TSimd.Broadcast(fd);
        nuint lanes = (nuint)TSimd.Lanes, length = (nuint)y.Length, i = 0;
        for (; i + lanes <= length; i += lanes)
        {
            var sum = TSimd.MultiplyAdd(TSimd.Load(in a, i), va, TSimd.Load(in py, i));
            sum = TSimd.MultiplyAdd(TSimd.Load(in b, i), vb, sum);
            sum = TSimd.MultiplyAdd(TSimd.Load(in c, i), vc, sum);
            TSimd.Store(TSimd.MultiplyAdd(TSimd.Load(in d, i), vd, sum), ref py, i);
        }

        for (; i < length; i++)
        {
            float sum = TSimd.MultiplyAdd(Unsafe.Add(ref a, i), fa, Unsafe.Add(ref py, i));
            sum = TSimd.MultiplyAdd(Unsafe.Add(ref b, i), fb, sum);
            sum = TSimd.MultiplyAdd(Unsafe.Add(ref c, i), fc, sum);
            Unsafe.Add(ref py, i) = TSimd.MultiplyAdd(Unsafe.Add(ref d, i), fd, sum);
        }
    }

    private static void DotAndAddFourRows<TSimd, TVector>(
        Matrix source, ReadOnlySpan<int> rows, ReadOnlySpan<float> factors, ReadOnlySpan<float> w, Span<float> y, Span<float> dots)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        Require.Equal(y.Length, source.Columns);
        Require.Equal(w.Length, source.Columns);
        ref float a = ref MemoryMarshal.GetReference(source.Row(rows[0])), b = ref MemoryMarshal.GetReference(source.Row(rows[1]));
        ref float c = ref MemoryMarshal.GetReference(source.Row(rows[2])), d = ref MemoryMarshal.GetReference(source.Row(rows[3]));
        ref float pw = ref MemoryMarshal.GetReference(w), py = ref MemoryMarshal.GetReference(y);
        float fa = factors[0], fb = factors[1], fc = factors[2], fd = factors[3];
        TVector va = TSimd.Broadcast(fa), vb = TSimd.Broadcast(fb), vc = TSimd.Broadcast(fc), vd = TSimd.Broadcast(fd);
        TVector sa = TSimd.Broadcast(0), sb = sa, sc = sa, sd = sa;
        nuint lanes = (nuint)TSimd.Lanes, length = (nuint)y.Length, i = 0;
        for (; i + lanes <= length; i += lanes)
        {
            TVector weight = TSimd.Load(in pw, i), xa = TSimd.Load(in a, i), xb = TSimd.Load(in b, i), xc = TSimd.Load(in c, i), xd = TSimd.Load(in d, i);
            sa = TSimd.MultiplyAdd(xa, weight, sa);
            sb = TSimd.MultiplyAdd(xb, weight, sb);
            sc = TSimd.MultiplyAdd(xc, weight, sc);
            sd = TSimd.MultiplyAdd(xd, weight, sd);
            var sum = TSimd.MultiplyAdd(xb, vb, TSimd.MultiplyAdd(xa, va, TSimd.Load(in py, i)));
            TSimd.Store(TSimd.MultiplyAdd(xd, vd, TSimd.MultiplyAdd(xc, vc, sum)), ref py, i);
        }

        (dots[0], dots[1], dots[2], dots[3]) = (TSimd.Sum(sa), TSimd.Sum(sb), TSimd.Sum(sc), TSimd.Sum(sd));
        for (; i < length; i++)
        {
            float weight = Unsafe.Add(ref pw, i), xa = Unsafe.Add(ref a, i), xb = Unsafe.Add(ref b, i), xc = Unsafe.Add(ref c, i), xd = Unsafe.Add(ref d, i);
            dots[0] = TSimd.MultiplyAdd(xa, weight, dots[0]);
            dots[1] = TSimd.MultiplyAdd(xb, weight, dots[1]);
            dots[2] = TSimd.MultiplyAdd(xc, weight, dots[2]);
            dots[3] = TSimd.MultiplyAdd(xd, weight, dots[3]);
            float sum = TSimd.MultiplyAdd(xb, fb, TSimd.MultiplyAdd(xa, fa, Unsafe.Add(ref py, i)));
            Unsafe.Add(ref py, i) = TSimd.MultiplyAdd(xd, fd, TSimd.MultiplyAdd(xc, fc, sum));
        }
    }
}

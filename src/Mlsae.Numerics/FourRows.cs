using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    // Four rows at once: what they are added to is loaded and stored once for the four, and their cache misses overlap.
    internal const int FourRows = 4;

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

    /// <summary>dots[i] = source[rows[i]] · w over the first four.</summary>
    internal static void DotFourRows(Matrix source, ReadOnlySpan<int> rows, ReadOnlySpan<float> w, Span<float> dots)
    {
        if (Simd512.IsSupported)
        {
            DotFourRows<Simd512, Vector512<float>>(source, rows, w, dots);
        }
        else if (Simd256.IsSupported)
        {
            DotFourRows<Simd256, Vector256<float>>(source, rows, w, dots);
        }
        else if (Simd128.IsSupported)
        {
            DotFourRows<Simd128, Vector128<float>>(source, rows, w, dots);
        }
        else
        {
            DotFourRows<SimdScalar, float>(source, rows, w, dots);
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

    private static void DotFourRows<TSimd, TVector>(Matrix source, ReadOnlySpan<int> rows, ReadOnlySpan<float> w, Span<float> dots)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        Require.Equal(w.Length, source.Columns);
        ref float a = ref MemoryMarshal.GetReference(source.Row(rows[0])), b = ref MemoryMarshal.GetReference(source.Row(rows[1]));
        ref float c = ref MemoryMarshal.GetReference(source.Row(rows[2])), d = ref MemoryMarshal.GetReference(source.Row(rows[3]));
        ref float pw = ref MemoryMarshal.GetReference(w);
        TVector sa = TSimd.Broadcast(0), sb = sa, sc = sa, sd = sa;
        nuint lanes = (nuint)TSimd.Lanes, length = (nuint)w.Length, i = 0;
        for (; i + lanes <= length; i += lanes)
        {
            TVector weight = TSimd.Load(in pw, i);
            sa = TSimd.MultiplyAdd(TSimd.Load(in a, i), weight, sa);
            sb = TSimd.MultiplyAdd(TSimd.Load(in b, i), weight, sb);
            sc = TSimd.MultiplyAdd(TSimd.Load(in c, i), weight, sc);
            sd = TSimd.MultiplyAdd(TSimd.Load(in d, i), weight, sd);
        }

        (dots[0], dots[1], dots[2], dots[3]) = (TSimd.Sum(sa), TSimd.Sum(sb), TSimd.Sum(sc), TSimd.Sum(sd));
        if (i < length)
        {
            AddDots<TSimd, TVector>(source, rows, w, (int)i, dots);
        }
    }

    /// <summary>The columns from <paramref name="column"/> on, which do not fill a register. Apart, so that the loop before has the processor's registers for itself.</summary>
    private static void AddDots<TSimd, TVector>(Matrix source, ReadOnlySpan<int> rows, ReadOnlySpan<float> w, int column, Span<float> dots)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        for (int row = 0; row < FourRows; row++)
        {
            var values = source.Row(rows[row]);
            for (int i = column; i < w.Length; i++)
            {
                dots[row] = TSimd.MultiplyAdd(values[i], w[i], dots[row]);
            }
        }
    }
}

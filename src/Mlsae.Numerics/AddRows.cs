using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>y += Σᵢ factors[i] · source[rows[i]], in the order of the rows: element by element one chain of multiply-adds.</summary>
    /// <param name="source">[n × d]</param>
    /// <param name="rows">rows of <paramref name="source"/></param>
    /// <param name="factors">[at least rows]</param>
    /// <param name="y">[d] Accumulated into.</param>
    private static void AddRows(Matrix source, ReadOnlySpan<int> rows, ReadOnlySpan<float> factors, Span<float> y)
    {
        Require.Equal(y.Length, source.Columns);
        Require.That(factors.Length >= rows.Length, "There are fewer factors than rows.");
        if (Simd512.IsSupported)
        {
            AddRows<Simd512, Vector512<float>>(source, rows, factors, y);
        }
        else if (Simd256.IsSupported)
        {
            AddRows<Simd256, Vector256<float>>(source, rows, factors, y);
        }
        else if (Simd128.IsSupported)
        {
            AddRows<Simd128, Vector128<float>>(source, rows, factors, y);
        }
        else
        {
            AddRows<SimdScalar, float>(source, rows, factors, y);
        }
    }

    private static void AddRows<TSimd, TVector>(Matrix source, ReadOnlySpan<int> rows, ReadOnlySpan<float> factors, Span<float> y)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int column = 0;
        for (; column + 8 * TSimd.Lanes <= y.Length; column += 8 * TSimd.Lanes)
        {
            AddEightRegisters<TSimd, TVector>(source, rows, factors, ref y[column], column);
        }

        for (; column < y.Length; column += TSimd.Lanes)
        {
            var some = y[column..];
            for (int i = 0; i < rows.Length; i++)
            {
                var values = source.Row(rows[i]).Slice(column);
                if (some.Length >= TSimd.Lanes)
                {
                    ref float sum = ref some[0];
                    TSimd.Store(TSimd.MultiplyAdd(TSimd.Load(in values[0], 0), TSimd.Broadcast(factors[i]), TSimd.Load(in sum, 0)), ref sum, 0);
                    continue;
                }

                for (int j = 0; j < some.Length; j++)
                {
                    some[j] = TSimd.MultiplyAdd(values[j], factors[i], some[j]);
                }
            }
        }
    }

    /// <summary>Columns that fill eight registers, which hold their sums while all rows go by.</summary>
    private static void AddEightRegisters<TSimd, TVector>(Matrix source, ReadOnlySpan<int> rows, ReadOnlySpan<float> factors, ref float y, int column)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        nuint lanes = (nuint)TSimd.Lanes;
        TVector a = TSimd.Load(in y, 0), b = TSimd.Load(in y, lanes), c = TSimd.Load(in y, 2 * lanes), d = TSimd.Load(in y, 3 * lanes);
        TVector e = TSimd.Load(in y, 4 * lanes), f = TSimd.Load(in y, 5 * lanes), g = TSimd.Load(in y, 6 * lanes), h = TSimd.Load(in y, 7 * lanes);
        for (int i = 0; i < rows.Length; i++)
        {
            ref float row = ref Unsafe.Add(ref MemoryMarshal.GetReference(source.Row(rows[i])), column);
            TVector factor = TSimd.Broadcast(factors[i]);
            a = TSimd.MultiplyAdd(TSimd.Load(in row, 0), factor, a);
            b = TSimd.MultiplyAdd(TSimd.Load(in row, lanes), factor, b);
            c = TSimd.MultiplyAdd(TSimd.Load(in row, 2 * lanes), factor, c);
            d = TSimd.MultiplyAdd(TSimd.Load(in row, 3 * lanes), factor, d);
            e = TSimd.MultiplyAdd(TSimd.Load(in row, 4 * lanes), factor, e);
            f = TSimd.MultiplyAdd(TSimd.Load(in row, 5 * lanes), factor, f);
            g = TSimd.MultiplyAdd(TSimd.Load(in row, 6 * lanes), factor, g);
            h = TSimd.MultiplyAdd(TSimd.Load(in row, 7 * lanes), factor, h);
        }

        TSimd.Store(a, ref y, 0);
        TSimd.Store(b, ref y, lanes);
        TSimd.Store(c, ref y, 2 * lanes);
        TSimd.Store(d, ref y, 3 * lanes);
        TSimd.Store(e, ref y, 4 * lanes);
        TSimd.Store(f, ref y, 5 * lanes);
        TSimd.Store(g, ref y, 6 * lanes);
        TSimd.Store(h, ref y, 7 * lanes);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mlsae.Numerics;

/// <summary>The innermost kernel of the 8-bit product: six rows by sixteen columns, four products and their sum in one lane of an instruction (VNNI).</summary>
internal static class IntegerTile
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 6;

    /// <summary>Columns of a tile.</summary>
    public const int Columns = 16;

    /// <summary>Whether the processor has the instruction, and what the screening needs beside it.</summary>
    public static bool IsSupported => AvxVnni.IsSupported && Avx512F.IsSupported;

    /// <summary>c = start + a · b for one tile, exactly.</summary>
    /// <param name="a">[quads × 6] packed, in each place four unsigned bytes</param>
    /// <param name="b">[quads × 16] packed, in each place four signed bytes</param>
    /// <param name="start">[16] what each column's sums begin with</param>
    /// <param name="quads">a quarter of the depth</param>
    /// <param name="c">[6 × 16] with <paramref name="stride"/> integers between rows. Overwritten.</param>
    /// <param name="stride">distance of rows in <paramref name="c"/></param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ref readonly float a, ref readonly float b, ref readonly int start, int quads, ref int c, nint stride)
    {
        Vector256<int> c0 = Vector256.LoadUnsafe(in start), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
        Vector256<int> d0 = Vector256.LoadUnsafe(in start, 8), d1 = d0, d2 = d0, d3 = d0, d4 = d0, d5 = d0;
        ref int x = ref Unsafe.As<float, int>(ref Unsafe.AsRef(in a));
        ref int y = ref Unsafe.As<float, int>(ref Unsafe.AsRef(in b));
        for (; quads > 0; quads--)
        {
            Vector256<sbyte> y0 = Vector256.LoadUnsafe(ref y).AsSByte(), y1 = Vector256.LoadUnsafe(ref y, 8).AsSByte();
            MultiplyAdd(x, y0, y1, ref c0, ref d0);
            MultiplyAdd(Unsafe.Add(ref x, 1), y0, y1, ref c1, ref d1);
            MultiplyAdd(Unsafe.Add(ref x, 2), y0, y1, ref c2, ref d2);
            MultiplyAdd(Unsafe.Add(ref x, 3), y0, y1, ref c3, ref d3);
            MultiplyAdd(Unsafe.Add(ref x, 4), y0, y1, ref c4, ref d4);
            MultiplyAdd(Unsafe.Add(ref x, 5), y0, y1, ref c5, ref d5);
            x = ref Unsafe.Add(ref x, Rows);
            y = ref Unsafe.Add(ref y, Columns);
        }

        Put(c0, d0, ref c);
        Put(c1, d1, ref Unsafe.Add(ref c, stride));
        Put(c2, d2, ref Unsafe.Add(ref c, 2 * stride));
        Put(c3, d3, ref Unsafe.Add(ref c, 3 * stride));
        Put(c4, d4, ref Unsafe.Add(ref c, 4 * stride));
        Put(c5, d5, ref Unsafe.Add(ref c, 5 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd(int x, Vector256<sbyte> y0, Vector256<sbyte> y1, ref Vector256<int> sum0, ref Vector256<int> sum1)
    {
        var factor = Vector256.Create(x).AsByte();
        sum0 = AvxVnni.MultiplyWideningAndAdd(sum0, factor, y0);
        sum1 = AvxVnni.MultiplyWideningAndAdd(sum1, factor, y1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vector256<int> sum0, Vector256<int> sum1, ref int c)
    {
        sum0.StoreUnsafe(ref c);
        sum1.StoreUnsafe(ref c, 8);
    }
}

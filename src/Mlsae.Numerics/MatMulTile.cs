using System.Runtime.CompilerServices;

namespace Mlsae.Numerics;

/// <summary>Rows of a register tile, as a type, so that the JIT makes a copy of the kernel for each.</summary>
internal interface ITileRows
{
    /// <summary>1, 4, 6, 8 or 12.</summary>
    static abstract int Count { get; }
}

internal readonly struct Rows1 : ITileRows
{
    public static int Count => 1;
}

internal readonly struct Rows4 : ITileRows
{
    public static int Count => 4;
}

internal readonly struct Rows6 : ITileRows
{
    public static int Count => 6;
}

internal readonly struct Rows8 : ITileRows
{
    public static int Count => 8;
}

internal readonly struct Rows12 : ITileRows
{
    public static int Count => 12;
}

/// <summary>The innermost kernel of every matrix product.</summary>
/// <remarks>
/// Each element is one chain of multiply-adds in ascending depth, whatever the number of rows, so an element's bits depend on its row, its column
/// and the depth alone. Two registers of columns by up to twelve rows keep both multiply-add units busy: a step loads two registers and
/// broadcasts a float for each row.
/// </remarks>
internal static class MatMulTile<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Columns of a tile.</summary>
    public static int Columns => 2 * TSimd.Lanes;

    /// <summary>The fewest rows that there is a kernel for and that hold <paramref name="rows"/>.</summary>
    public static int RowsFor(int rows) => rows switch
    {
        <= 1 => 1,
        <= 4 => 4,
        <= 8 when TSimd.TileRows == 12 => 8,
        _ => TSimd.TileRows,
    };

    /// <summary>c = a · b, or c += a · b, for one tile.</summary>
    /// <param name="rows">rows of the tile, of <see cref="RowsFor"/></param>
    /// <param name="a">[depth × rows] packed</param>
    /// <param name="b">[depth × Columns] packed</param>
    /// <param name="depth">length of the sums</param>
    /// <param name="c">[rows × Columns] with <paramref name="stride"/> floats between rows</param>
    /// <param name="stride">distance of rows in <paramref name="c"/></param>
    /// <param name="accumulate">whether to add to <paramref name="c"/></param>
    public static void Run(int rows, ref readonly float a, ref readonly float b, int depth, ref float c, int stride, bool accumulate)
    {
        switch (rows)
        {
            case 12:
                Run<Rows12>(in a, in b, depth, ref c, stride, accumulate);
                break;
            case 8:
                Run<Rows8>(in a, in b, depth, ref c, stride, accumulate);
                break;
            case 6:
                Run<Rows6>(in a, in b, depth, ref c, stride, accumulate);
                break;
            case 4:
                Run<Rows4>(in a, in b, depth, ref c, stride, accumulate);
                break;
            default:
                Run<Rows1>(in a, in b, depth, ref c, stride, accumulate);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TRows>(ref readonly float a, ref readonly float b, int depth, ref float c, int stride, bool accumulate)
        where TRows : struct, ITileRows
    {
        TVector c0 = TSimd.Broadcast(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, c10 = c0, c11 = c0;
        TVector d0 = c0, d1 = c0, d2 = c0, d3 = c0, d4 = c0, d5 = c0, d6 = c0, d7 = c0, d8 = c0, d9 = c0, d10 = c0, d11 = c0;
        ref float x = ref Unsafe.AsRef(in a);
        ref float y = ref Unsafe.AsRef(in b);
        for (; depth > 0; depth--)
        {
            TVector y0 = TSimd.Load(in y, 0), y1 = TSimd.Load(in y, (nuint)TSimd.Lanes);
            MultiplyAdd(x, y0, y1, ref c0, ref d0);
            if (TRows.Count > 1)
            {
                MultiplyAdd(Unsafe.Add(ref x, 1), y0, y1, ref c1, ref d1);
                MultiplyAdd(Unsafe.Add(ref x, 2), y0, y1, ref c2, ref d2);
                MultiplyAdd(Unsafe.Add(ref x, 3), y0, y1, ref c3, ref d3);
            }

            if (TRows.Count > 4)
            {
                MultiplyAdd(Unsafe.Add(ref x, 4), y0, y1, ref c4, ref d4);
                MultiplyAdd(Unsafe.Add(ref x, 5), y0, y1, ref c5, ref d5);
            }

            if (TRows.Count > 6)
            {
                MultiplyAdd(Unsafe.Add(ref x, 6), y0, y1, ref c6, ref d6);
                MultiplyAdd(Unsafe.Add(ref x, 7), y0, y1, ref c7, ref d7);
            }

            if (TRows.Count > 8)
            {
                MultiplyAdd(Unsafe.Add(ref x, 8), y0, y1, ref c8, ref d8);
                MultiplyAdd(Unsafe.Add(ref x, 9), y0, y1, ref c9, ref d9);
                MultiplyAdd(Unsafe.Add(ref x, 10), y0, y1, ref c10, ref d10);
                MultiplyAdd(Unsafe.Add(ref x, 11), y0, y1, ref c11, ref d11);
            }

            x = ref Unsafe.Add(ref x, TRows.Count);
            y = ref Unsafe.Add(ref y, 2 * TSimd.Lanes);
        }

        Put(c0, d0, ref c, accumulate);
        if (TRows.Count > 1)
        {
            Put(c1, d1, ref Unsafe.Add(ref c, (nint)stride), accumulate);
            Put(c2, d2, ref Unsafe.Add(ref c, 2 * (nint)stride), accumulate);
            Put(c3, d3, ref Unsafe.Add(ref c, 3 * (nint)stride), accumulate);
        }

        if (TRows.Count > 4)
        {
            Put(c4, d4, ref Unsafe.Add(ref c, 4 * (nint)stride), accumulate);
            Put(c5, d5, ref Unsafe.Add(ref c, 5 * (nint)stride), accumulate);
        }

        if (TRows.Count > 6)
        {
            Put(c6, d6, ref Unsafe.Add(ref c, 6 * (nint)stride), accumulate);
            Put(c7, d7, ref Unsafe.Add(ref c, 7 * (nint)stride), accumulate);
        }

        if (TRows.Count > 8)
        {
            Put(c8, d8, ref Unsafe.Add(ref c, 8 * (nint)stride), accumulate);
            Put(c9, d9, ref Unsafe.Add(ref c, 9 * (nint)stride), accumulate);
            Put(c10, d10, ref Unsafe.Add(ref c, 10 * (nint)stride), accumulate);
            Put(c11, d11, ref Unsafe.Add(ref c, 11 * (nint)stride), accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd(float x, TVector y0, TVector y1, ref TVector sum0, ref TVector sum1)
    {
        TVector factor = TSimd.Broadcast(x);
        sum0 = TSimd.MultiplyAdd(factor, y0, sum0);
        sum1 = TSimd.MultiplyAdd(factor, y1, sum1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(TVector sum0, TVector sum1, ref float c, bool accumulate)
    {
        nuint lanes = (nuint)TSimd.Lanes;
        if (accumulate)
        {
            sum0 = TSimd.Add(TSimd.Load(in c, 0), sum0);
            sum1 = TSimd.Add(TSimd.Load(in c, lanes), sum1);
        }

        TSimd.Store(sum0, ref c, 0);
        TSimd.Store(sum1, ref c, lanes);
    }
}

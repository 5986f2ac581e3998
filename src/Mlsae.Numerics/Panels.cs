using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mlsae.Numerics;

/// <summary>
/// One operand of a product seen as lines (rows of the left one, columns of the right one) along the depth that is summed over, and its copying into panels:
/// some lines beside each other, [depth × width], as <see cref="MatMulTile{TSimd,TVector}"/> reads them.
/// </summary>
/// <param name="Matrix">[lines × depth], or [depth × lines] when <paramref name="DepthFirst"/></param>
/// <param name="DepthFirst">whether the lines are the matrix's columns</param>
internal readonly record struct Panels(Matrix Matrix, bool DepthFirst)
{
    // Depth copied at a time: what is written stays in the first cache while all lines are gone through.
    private const int Chunk = 64;
    private const int LinesTogether = 128;

    // Lines and depth of a square that is turned round in registers.
    private const int Square = 16;

    /// <summary>Number of lines.</summary>
    public int Lines => DepthFirst ? Matrix.Columns : Matrix.Rows;

    /// <summary>Length of each line.</summary>
    public int Depth => DepthFirst ? Matrix.Rows : Matrix.Columns;

    /// <summary>Packs <paramref name="count"/> lines into panels of <paramref name="width"/>, one after the other.</summary>
    /// <param name="line">the first line</param>
    /// <param name="count">lines that exist; the last panel is filled up with lines of zeros</param>
    /// <param name="width">lines in a panel</param>
    /// <param name="lastWidth">lines in the last panel</param>
    /// <param name="range">the part of the depth</param>
    /// <param name="panels">[⌈count / width⌉ × depth × width] Overwritten.</param>
    public void Pack(int line, int count, int width, int lastWidth, (int Start, int Count) range, ref float panels)
    {
        // Columns of several panels lie side by side in the matrix: together they are whole cache lines.
        int together = DepthFirst ? Math.Max(1, LinesTogether / width) * width : width;
        for (int i = 0; i < count; i += together)
        {
            int lines = Math.Min(together, count - i);
            ref float panel = ref Unsafe.Add(ref panels, i * range.Count);
            if (lines % width != 0)
            {
                int last = lines / width * width * range.Count;
                MemoryMarshal.CreateSpan(ref Unsafe.Add(ref panel, last), lastWidth * range.Count).Clear();
            }

            if (DepthFirst)
            {
                CopyLines(line + i, lines, width, lastWidth, range, ref panel);
            }
            else
            {
                TransposeLines(line + i, lines, i + width > count ? lastWidth : width, range, ref panel);
            }
        }
    }

    private void CopyLines(int line, int lines, int width, int lastWidth, (int Start, int Count) range, ref float panels)
    {
        for (int p = 0; p < range.Count; p += Chunk)
        {
            int depth = Math.Min(Chunk, range.Count - p);
            ref float source = ref Matrix.Values[Matrix.Offset + (range.Start + p) * Matrix.Stride + line];
            for (int first = 0; first < lines; first += width)
            {
                int count = Math.Min(width, lines - first), stride = first + width > lines ? lastWidth : width;
                ref float panel = ref Unsafe.Add(ref panels, first * range.Count + p * stride);
                Copy(ref Unsafe.Add(ref source, first), Matrix.Stride, ref panel, stride, depth, count);
            }
        }
    }

    private static void Copy(ref float from, nint fromStride, ref float to, nint toStride, int depth, int count)
    {
        for (; depth > 0; depth--)
        {
            nuint i = 0;
            for (; i + 8 <= (nuint)count; i += 8)
            {
                Vector256.LoadUnsafe(ref from, i).StoreUnsafe(ref to, i);
            }

            if (i + 4 <= (nuint)count)
            {
                Vector128.LoadUnsafe(ref from, i).StoreUnsafe(ref to, i);
                i += 4;
            }

            for (; i < (nuint)count; i++)
            {
                Unsafe.Add(ref to, i) = Unsafe.Add(ref from, i);
            }

            from = ref Unsafe.Add(ref from, fromStride);
            to = ref Unsafe.Add(ref to, toStride);
        }
    }

    private void TransposeLines(int line, int lines, int width, (int Start, int Count) range, ref float panel)
    {
        for (int p = 0; p < range.Count; p += Chunk)
        {
            ref float source = ref Matrix.Values[Matrix.Offset + line * Matrix.Stride + range.Start + p];
            Transpose(ref source, Matrix.Stride, lines, Math.Min(Chunk, range.Count - p), ref Unsafe.Add(ref panel, p * width), width);
        }
    }

    private static void Transpose(ref float source, int stride, int lines, int depth, ref float panel, int width)
    {
        int line = 0;
        if (Avx512F.IsSupported)
        {
            for (; line + Square <= lines; line += Square)
            {
                TransposeSixteen(ref Unsafe.Add(ref source, (nint)line * stride), stride, depth, ref Unsafe.Add(ref panel, line), width);
            }
        }

        if (Sse.IsSupported)
        {
            for (; line + 4 <= lines; line += 4)
            {
                TransposeFour(ref Unsafe.Add(ref source, (nint)line * stride), stride, depth, ref Unsafe.Add(ref panel, line), width);
            }
        }

        for (; line < lines; line++)
        {
            ref float from = ref Unsafe.Add(ref source, (nint)line * stride);
            for (int p = 0; p < depth; p++)
            {
                Unsafe.Add(ref panel, (nint)p * width + line) = Unsafe.Add(ref from, p);
            }
        }
    }

    /// <summary>Squares of sixteen lines by sixteen: each line is read a whole cache line at a time, as lines at a distance of a power of two throw each other out of the first cache.</summary>
    private static void TransposeSixteen(ref float source, nint stride, int depth, ref float panel, nint width)
    {
        int p = 0;
        for (; p + Square <= depth; p += Square)
        {
            ref float from = ref Unsafe.Add(ref source, p);
            var (a0, a1, a2, a3) = FourLines(ref from, stride);
            var (b0, b1, b2, b3) = FourLines(ref Unsafe.Add(ref from, 4 * stride), stride);
            var (c0, c1, c2, c3) = FourLines(ref Unsafe.Add(ref from, 8 * stride), stride);
            var (d0, d1, d2, d3) = FourLines(ref Unsafe.Add(ref from, 12 * stride), stride);
            ref float to = ref Unsafe.Add(ref panel, p * width);
            StoreQuarters(a0, b0, c0, d0, ref to, 4 * width);
            StoreQuarters(a1, b1, c1, d1, ref Unsafe.Add(ref to, width), 4 * width);
            StoreQuarters(a2, b2, c2, d2, ref Unsafe.Add(ref to, 2 * width), 4 * width);
            StoreQuarters(a3, b3, c3, d3, ref Unsafe.Add(ref to, 3 * width), 4 * width);
        }

        for (; p < depth; p++)
        {
            for (int line = 0; line < Square; line++)
            {
                Unsafe.Add(ref panel, p * width + line) = Unsafe.Add(ref source, line * stride + p);
            }
        }
    }

    /// <summary>Sixteen floats of four lines: quarter q of result c is float 4q + c of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> T0, Vector512<float> T1, Vector512<float> T2, Vector512<float> T3) FourLines(ref float source, nint stride) => Quarters.Transpose(
        Vector512.LoadUnsafe(ref source), Vector512.LoadUnsafe(ref Unsafe.Add(ref source, stride)),
        Vector512.LoadUnsafe(ref Unsafe.Add(ref source, 2 * stride)), Vector512.LoadUnsafe(ref Unsafe.Add(ref source, 3 * stride)));

    /// <summary>Quarter q of all four side by side, at q strides.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreQuarters(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, ref float to, nint stride)
    {
        const byte LowerHalves = 0x44, UpperHalves = 0xEE, EvenQuarters = 0x88, OddQuarters = 0xDD;
        Vector512<float> lowAB = Avx512F.Shuffle4x128(a, b, LowerHalves), lowCD = Avx512F.Shuffle4x128(c, d, LowerHalves);
        Vector512<float> highAB = Avx512F.Shuffle4x128(a, b, UpperHalves), highCD = Avx512F.Shuffle4x128(c, d, UpperHalves);
        Avx512F.Shuffle4x128(lowAB, lowCD, EvenQuarters).StoreUnsafe(ref to);
        Avx512F.Shuffle4x128(lowAB, lowCD, OddQuarters).StoreUnsafe(ref Unsafe.Add(ref to, stride));
        Avx512F.Shuffle4x128(highAB, highCD, EvenQuarters).StoreUnsafe(ref Unsafe.Add(ref to, 2 * stride));
        Avx512F.Shuffle4x128(highAB, highCD, OddQuarters).StoreUnsafe(ref Unsafe.Add(ref to, 3 * stride));
    }

    private static void TransposeFour(ref float source, nint stride, int depth, ref float panel, nint width)
    {
        ref float s1 = ref Unsafe.Add(ref source, stride);
        ref float s2 = ref Unsafe.Add(ref source, 2 * stride);
        ref float s3 = ref Unsafe.Add(ref source, 3 * stride);
        int p = 0;
        for (; p + 4 <= depth; p += 4)
        {
            Vector128<float> r0 = Vector128.LoadUnsafe(ref source, (nuint)p), r1 = Vector128.LoadUnsafe(ref s1, (nuint)p);
            Vector128<float> r2 = Vector128.LoadUnsafe(ref s2, (nuint)p), r3 = Vector128.LoadUnsafe(ref s3, (nuint)p);
            Vector128<float> low01 = Sse.UnpackLow(r0, r1), low23 = Sse.UnpackLow(r2, r3);
            Vector128<float> high01 = Sse.UnpackHigh(r0, r1), high23 = Sse.UnpackHigh(r2, r3);
            ref float to = ref Unsafe.Add(ref panel, p * width);
            Sse.MoveLowToHigh(low01, low23).StoreUnsafe(ref to);
            Sse.MoveHighToLow(low23, low01).StoreUnsafe(ref Unsafe.Add(ref to, width));
            Sse.MoveLowToHigh(high01, high23).StoreUnsafe(ref Unsafe.Add(ref to, 2 * width));
            Sse.MoveHighToLow(high23, high01).StoreUnsafe(ref Unsafe.Add(ref to, 3 * width));
        }

        for (; p < depth; p++)
        {
            ref float to = ref Unsafe.Add(ref panel, p * width);
            to = Unsafe.Add(ref source, p);
            Unsafe.Add(ref to, 1) = Unsafe.Add(ref s1, p);
            Unsafe.Add(ref to, 2) = Unsafe.Add(ref s2, p);
            Unsafe.Add(ref to, 3) = Unsafe.Add(ref s3, p);
        }
    }
}

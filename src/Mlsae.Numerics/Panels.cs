using System.Runtime.CompilerServices;
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

    /// <summary>Number of lines.</summary>
    public int Lines => DepthFirst ? Matrix.Columns : Matrix.Rows;

    /// <summary>Length of each line.</summary>
    public int Depth => DepthFirst ? Matrix.Rows : Matrix.Columns;

    /// <summary>Copies <paramref name="width"/> lines from <paramref name="line"/>, <paramref name="depth"/> deep from <paramref name="start"/>. Lines past the last are zero.</summary>
    public void Pack(int line, int width, int start, int depth, ref float panel)
    {
        int lines = Math.Min(width, Lines - line);
        if (lines < width)
        {
            System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref panel, depth * width).Clear();
        }

        if (DepthFirst)
        {
            CopyLines(ref Matrix.Values[Matrix.Offset + start * Matrix.Stride + line], Matrix.Stride, lines, depth, ref panel, width);
            return;
        }

        for (int p = 0; p < depth; p += Chunk)
        {
            ref float source = ref Matrix.Values[Matrix.Offset + line * Matrix.Stride + start + p];
            Transpose(ref source, Matrix.Stride, lines, Math.Min(Chunk, depth - p), ref Unsafe.Add(ref panel, p * width), width);
        }
    }

    private static void CopyLines(ref float source, int stride, int lines, int depth, ref float panel, int width)
    {
        for (int p = 0; p < depth; p++)
        {
            ref float from = ref Unsafe.Add(ref source, (nint)p * stride);
            ref float to = ref Unsafe.Add(ref panel, (nint)p * width);
            int i = 0;
            for (; i + 8 <= lines; i += 8)
            {
                Vector256.LoadUnsafe(ref from, (nuint)i).StoreUnsafe(ref to, (nuint)i);
            }

            for (; i < lines; i++)
            {
                Unsafe.Add(ref to, i) = Unsafe.Add(ref from, i);
            }
        }
    }

    private static void Transpose(ref float source, int stride, int lines, int depth, ref float panel, int width)
    {
        int line = 0;
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

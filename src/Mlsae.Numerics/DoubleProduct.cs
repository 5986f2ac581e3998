using System.Numerics;
using System.Runtime.InteropServices;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>result += a · b, or aᵀ · b, in double: for statistics that are computed once, such as covariances.</summary>
    /// <param name="a">[m × k], or [k × m] where it is transposed; row-major</param>
    /// <param name="b">[k × n]</param>
    /// <param name="result">[m × n] Accumulated into; shares no element with the others.</param>
    /// <param name="columns">n</param>
    /// <param name="transposeA">whether a is given as [k × m]</param>
    /// <remarks>
    /// Each element of the result takes its k terms one after the other, each rounded twice. So adding aᵀ · b block of rows by block of rows gives the same bits as at once, on any number of threads and
    /// any processor.
    /// </remarks>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static void AddProduct(ReadOnlyMemory<double> a, ReadOnlyMemory<double> b, Memory<double> result, int columns, bool transposeA = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        int terms = b.Length / columns, rows = result.Length / columns;
        Require.Equal(b.Length, terms * columns);
        Require.Equal(result.Length, rows * columns);
        Require.Equal(a.Length, rows * terms);
        var (rowStep, termStep) = transposeA ? (1, rows) : (terms, 1);
        int block = (int)Math.Clamp(ElementsPerBlock / Math.Max(1, (long)terms * columns), 1, Math.Max(1, rows));
        Workers.ForBlocks(rows, block, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                AddCombination(a.Span, row * rowStep, termStep, b.Span, result.Span.Slice(row * columns, columns));
            }
        });
    }

    /// <summary>result += Σₜ weights[first + t·step] · (row t of b).</summary>
    private static void AddCombination(ReadOnlySpan<double> weights, int first, int step, ReadOnlySpan<double> b, Span<double> result)
    {
        int columns = result.Length, width = Vector<double>.Count, column = 0;
        for (; column <= columns - 4 * width; column += 4 * width)
        {
            var target = MemoryMarshal.Cast<double, Vector<double>>(result.Slice(column, 4 * width));
            var (s0, s1, s2, s3) = (target[0], target[1], target[2], target[3]);
            for (int at = column, weight = first; at < b.Length; at += columns, weight += step)
            {
                var factor = new Vector<double>(weights[weight]);
                var row = MemoryMarshal.Cast<double, Vector<double>>(b.Slice(at, 4 * width));
                s0 += factor * row[0];
                s1 += factor * row[1];
                s2 += factor * row[2];
                s3 += factor * row[3];
            }

            (target[0], target[1], target[2], target[3]) = (s0, s1, s2, s3);
        }

        for (; column < columns; column++)
        {
            double sum = result[column];
            for (int at = column, weight = first; at < b.Length; at += columns, weight += step)
            {
                sum += weights[weight] * b[at];
            }

            result[column] = sum;
        }
    }
}

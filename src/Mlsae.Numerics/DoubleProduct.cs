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
        int pairs = (int)Math.Clamp(ElementsPerBlock / Math.Max(1, 2L * terms * columns), 1, Math.Max(1, rows));
        Workers.ForBlocks(rows, 2 * pairs, (start, end) =>
        {
            for (int row = start; row < end; row += 2)
            {
                // The last row alone is its own pair: both then write the same.
                int other = Math.Min(row + 1, end - 1);
                var into = new RowPair(result.Span.Slice(row * columns, columns), result.Span.Slice(other * columns, columns));
                AddCombinations(a.Span, (row * rowStep, other * rowStep, termStep), b.Span, into);
            }
        });
    }

    /// <summary>Two rows of a result.</summary>
    private readonly ref struct RowPair(Span<double> first, Span<double> second)
    {
        public readonly Span<double> First = first;
        public readonly Span<double> Second = second;
    }

    /// <summary>Each row += Σₜ weights[its start + t·step] · (row t of b). Two rows at once, so that what is read of b serves both.</summary>
    private static void AddCombinations(ReadOnlySpan<double> weights, (int First, int Second, int Step) at, ReadOnlySpan<double> b, RowPair into)
    {
        int columns = into.First.Length, width = Vector<double>.Count, column = 0;
        for (; column <= columns - 4 * width; column += 4 * width)
        {
            var first = MemoryMarshal.Cast<double, Vector<double>>(into.First.Slice(column, 4 * width));
            var second = MemoryMarshal.Cast<double, Vector<double>>(into.Second.Slice(column, 4 * width));
            var (s0, s1, s2, s3) = (first[0], first[1], first[2], first[3]);
            var (t0, t1, t2, t3) = (second[0], second[1], second[2], second[3]);
            for (int from = column, weight = 0; from < b.Length; from += columns, weight += at.Step)
            {
                var (f, g) = (new Vector<double>(weights[at.First + weight]), new Vector<double>(weights[at.Second + weight]));
                var row = MemoryMarshal.Cast<double, Vector<double>>(b.Slice(from, 4 * width));
                s0 += f * row[0];
                t0 += g * row[0];
                s1 += f * row[1];
                t1 += g * row[1];
                s2 += f * row[2];
                t2 += g * row[2];
                s3 += f * row[3];
                t3 += g * row[3];
            }

            (first[0], first[1], first[2], first[3]) = (s0, s1, s2, s3);
            (second[0], second[1], second[2], second[3]) = (t0, t1, t2, t3);
        }

        for (; column < columns; column++)
        {
            var (s, t) = (into.First[column], into.Second[column]);
            for (int from = column, weight = 0; from < b.Length; from += columns, weight += at.Step)
            {
                s += weights[at.First + weight] * b[from];
                t += weights[at.Second + weight] * b[from];
            }

            (into.First[column], into.Second[column]) = (s, t);
        }
    }
}

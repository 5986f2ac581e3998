using System.Buffers;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>What is done with one row and the running sums of its block.</summary>
    private delegate void RowSum(int row, Span<float> sums);

    /// <summary>Rows summed into one partial sum. Fixed, so that the order of every sum is.</summary>
    private const int RowsPerSum = 64;

    /// <summary>Elements that one piece of work should at least have, to be worth a thread's attention.</summary>
    private const int ElementsPerBlock = 16384;

    private static void RequireSameSize(Matrix actual, Matrix expected)
    {
        Require.Equal(actual.Rows, expected.Rows);
        Require.Equal(actual.Columns, expected.Columns);
    }

    /// <summary>Runs <paramref name="body"/> for every row on <see cref="Workers"/>, several short rows at a time.</summary>
    private static void ForRows(int rows, int columns, Action<int> body)
    {
        Workers.ForBlocks(rows, Math.Max(1, ElementsPerBlock / Math.Max(1, columns)), (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                body(row);
            }
        });
    }

    /// <summary>
    /// Sums over rows that do not depend on the number of threads: every block of <see cref="RowsPerSum"/> rows has sums of its own,
    /// which are then added to <paramref name="first"/> and <paramref name="second"/> (the sums' two parts) in the order of the blocks.
    /// </summary>
    private static void SumOverRows(int rows, int width, RowSum body, float[] first, float[]? second = null)
    {
        int blocks = (rows + RowsPerSum - 1) / RowsPerSum;
        float[] partial = ArrayPool<float>.Shared.Rent(blocks * width);
        Workers.ForBlocks(rows, RowsPerSum, (start, end) =>
        {
            var sums = partial.AsSpan(start / RowsPerSum * width, width);
            sums.Clear();
            for (int row = start; row < end; row++)
            {
                body(row, sums);
            }
        });
        for (int block = 0; block < blocks; block++)
        {
            var sums = partial.AsSpan(block * width, width);
            Add(sums[..first.Length], first);
            Add(sums[first.Length..], second);
        }

        ArrayPool<float>.Shared.Return(partial);
    }
}

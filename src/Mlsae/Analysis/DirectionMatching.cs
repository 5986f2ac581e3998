using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>How alike the directions of dictionaries are: the nearest direction of each, and the best pairing of all. Both compare by cosine, so norms do not matter.</summary>
public static class DirectionMatching
{
    /// <summary>The most rows that <see cref="Hungarian"/> matches: its time grows with the cube, and it holds all cosines.</summary>
    public const int MostMatched = 4096;

    private const int RowsInBlock = 64;
    private const int ColumnsInBlock = 512;

    /// <summary>max_j cos(directions_i, among_j) of each row i. Its mean over rows is the mean max cosine similarity (MMCS) of Sharkey et al. 2022.</summary>
    /// <param name="directions">[m × d_model]</param>
    /// <param name="among">[n × d_model] the rows to be found</param>
    /// <returns>[m] 0 for a row of zeros, and for one that has nothing to be compared with; the cosine with a row of zeros is 0</returns>
    /// <exception cref="ArgumentException">The widths differ.</exception>
    public static float[] MaxCosines(Matrix directions, Matrix among)
    {
        Require.Equal(among.Columns, directions.Columns);
        var left = Normalized(directions);
        return Largest(left, ReferenceEquals(directions, among) ? left : Normalized(among), _ => (0, 0));
    }

    /// <summary>As <see cref="MaxCosines"/>, of each row among the other rows: MMCS within a dictionary.</summary>
    /// <param name="directions">[n × d_model]</param>
    public static float[] MaxCosinesAmongOthers(Matrix directions)
    {
        var rows = Normalized(directions);
        return Largest(rows, rows, row => (row, row + 1));
    }

    /// <summary>
    /// What the published multi-layer code calls the same: the largest cosine of each row with the rows before it alone, and 0 where all of these are negative or there are none. It is smaller, the more so for the
    /// first rows, and depends on their order.
    /// </summary>
    /// <param name="directions">[n × d_model]</param>
    public static float[] MaxCosinesAsPublished(Matrix directions)
    {
        var rows = Normalized(directions);
        return [.. Largest(rows, rows, row => (row, rows.Rows)).Select(cosine => Math.Max(0, cosine))];
    }

    /// <summary>Goes through all cosines of the rows of two matrices in blocks, several at once, without ever holding all of them.</summary>
    /// <param name="left">[m × d_model] with rows of norm 1</param>
    /// <param name="right">[n × d_model] with rows of norm 1</param>
    /// <param name="block">given the first row and the first column of a block and its cosines, which it may change; those of one block of rows one after the other on one thread</param>
    /// <param name="upper">whether columns before a block's first row are left out: of equal matrices every pair of rows then comes once, beside some pairs in the blocks on the diagonal</param>
    internal static void ForBlocksOfCosines(Matrix left, Matrix right, Action<int, int, Matrix> block, bool upper = false) =>
        Workers.ForBlocks(left.Rows, RowsInBlock, (start, end) =>
        {
            var cosines = new Matrix(end - start, Math.Min(ColumnsInBlock, right.Rows));
            for (int column = upper ? start : 0; column < right.Rows; column += ColumnsInBlock)
            {
                var columns = right.RowWindow(column, Math.Min(ColumnsInBlock, right.Rows - column));
                var product = cosines.ColumnWindow(0, columns.Rows);
                Kernels.MatMulTransposedB(left.RowWindow(start, end - start), columns, product);
                block(start, column, product);
            }
        });

    /// <summary>The pairing of every row of <paramref name="a"/> with its own row of <paramref name="b"/> whose cosines have the largest sum (Kuhn 1955).</summary>
    /// <param name="a">[m × d_model]</param>
    /// <param name="b">[n × d_model] with m ≤ n ≤ <see cref="MostMatched"/></param>
    /// <returns>for each row of <paramref name="a"/> the row of <paramref name="b"/>, and the cosine of the two; 0 where one is zero</returns>
    /// <exception cref="ArgumentException">The widths differ, there are more rows to match than to match with, too many, or a number that is not finite.</exception>
    public static (int[] Match, double[] Cosines) Hungarian(Matrix a, Matrix b)
    {
        Require.Equal(b.Columns, a.Columns);
        Require.That(a.Rows <= b.Rows, $"{a.Rows} directions cannot each have their own among {b.Rows}; match the fewer with the more.");
        Require.That(b.Rows <= MostMatched, $"Matching takes time with the cube of the directions: {b.Rows} are more than the {MostMatched} it is done for.");
        var cosines = Cosines(a, b);
        Require.That(cosines.Values.All(float.IsFinite), "Directions with numbers that are not finite cannot be matched.");
        int[] match = Assignment.Largest(cosines);
        return (match, [.. match.Select((column, row) => (double)cosines[row, column])]);
    }

    /// <summary>[m × n] cos(aᵢ, bⱼ), 0 where one is zero.</summary>
    internal static Matrix Cosines(Matrix a, Matrix b)
    {
        var cosines = new Matrix(a.Rows, b.Rows);
        Kernels.MatMulTransposedB(Normalized(a), Normalized(b), cosines);
        return cosines;
    }

    /// <summary>A copy whose rows have norm 1; rows of zeros stay so.</summary>
    internal static Matrix Normalized(Matrix directions)
    {
        var copy = directions.Copy();
        Workers.ForBlocks(copy.Rows, RowsInBlock, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                float norm = MathF.Sqrt(Kernels.SumOfSquares(copy.Row(row)));
                if (norm != 0)
                {
                    Kernels.Scale(copy.Row(row), 1 / norm);
                }
            }
        });
        return copy;
    }

    /// <summary>[m] The largest cosine of each row with all rows but those from one up to another; 0 where nothing is left.</summary>
    private static float[] Largest(Matrix left, Matrix right, Func<int, (int From, int To)> leftOut)
    {
        var largest = new float[left.Rows];
        largest.AsSpan().Fill(float.NegativeInfinity);
        ForBlocksOfCosines(left, right, (firstRow, firstColumn, cosines) =>
        {
            for (int row = 0; row < cosines.Rows; row++)
            {
                var (from, to) = leftOut(firstRow + row);
                int before = Math.Clamp(from - firstColumn, 0, cosines.Columns), after = Math.Clamp(to - firstColumn, before, cosines.Columns);
                ref float best = ref largest[firstRow + row];
                best = Math.Max(best, Largest(cosines.Row(row)[..before]));
                best = Math.Max(best, Largest(cosines.Row(row)[after..]));
            }
        });
        return [.. largest.Select(value => value == float.NegativeInfinity ? 0 : value)];
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = float.NegativeInfinity;
        foreach (float value in values)
        {
            // Math.Max hands a NaN on, which a comparison would hide.
            largest = Math.Max(largest, value);
        }

        return largest;
    }
}

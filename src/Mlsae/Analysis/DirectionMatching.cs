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
    /// <param name="leaveOutSelf">whether row i of <paramref name="among"/> is left out for row i: then both are the same rows</param>
    /// <returns>[m] 0 for a row of zeros, and for one that has nothing to be compared with; the cosine with a row of zeros is 0</returns>
    /// <exception cref="ArgumentException">The widths differ, or, where a row leaves out itself, the numbers of rows.</exception>
    public static float[] MaxCosines(Matrix directions, Matrix among, bool leaveOutSelf = false)
    {
        Require.Equal(among.Columns, directions.Columns);
        Require.That(!leaveOutSelf || among.Rows == directions.Rows, $"{directions.Rows} directions cannot each leave out themselves among {among.Rows}.");
        var (left, right) = (Normalized(directions), ReferenceEquals(directions, among) ? null : Normalized(among));
        right ??= left;
        var largest = new float[directions.Rows];
        Workers.ForBlocks(directions.Rows, RowsInBlock, (start, end) =>
        {
            largest.AsSpan(start, end - start).Fill(float.NegativeInfinity);
            var cosines = new Matrix(end - start, Math.Min(ColumnsInBlock, right.Rows));
            for (int column = 0; column < right.Rows; column += ColumnsInBlock)
            {
                var block = right.RowWindow(column, Math.Min(ColumnsInBlock, right.Rows - column));
                var product = cosines.ColumnWindow(0, block.Rows);
                Kernels.MatMulTransposedB(left.RowWindow(start, end - start), block, product);
                TakeLarger(product, largest.AsSpan(start, end - start), leaveOutSelf ? start - column : null);
            }

            Replace(largest.AsSpan(start, end - start), float.NegativeInfinity, 0);
        });
        return largest;
    }

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
    private static Matrix Normalized(Matrix directions)
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

    /// <summary>Takes the largest of each row where it is larger than before.</summary>
    /// <param name="cosines">a block of them</param>
    /// <param name="largest">[rows]</param>
    /// <param name="diagonal">row i leaves out column i + diagonal; null where none is left out</param>
    private static void TakeLarger(Matrix cosines, Span<float> largest, int? diagonal)
    {
        for (int row = 0; row < cosines.Rows; row++)
        {
            var values = cosines.Row(row);
            if (row + diagonal is { } own && own >= 0 && own < values.Length)
            {
                values[own] = float.NegativeInfinity;
            }

            foreach (float value in values)
            {
                // Math.Max hands a NaN on, which a comparison would hide.
                largest[row] = Math.Max(largest[row], value);
            }
        }
    }

    private static void Replace(Span<float> values, float what, float by)
    {
        foreach (ref float value in values)
        {
            value = value == what ? by : value;
        }
    }
}

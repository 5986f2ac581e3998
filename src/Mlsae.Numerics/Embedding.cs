namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>Columns of an embedding's gradient that one thread sums.</summary>
    private const int ColumnsPerScatter = 64;

    /// <summary>result[i] = table[ids[i]].</summary>
    /// <param name="table">[vocabulary × d]</param>
    /// <param name="ids">[rows]</param>
    /// <param name="result">[rows × d] Overwritten.</param>
    /// <exception cref="ArgumentException">The sizes differ, or an id is not in the table.</exception>
    public static void EmbeddingGather(Matrix table, int[] ids, Matrix result)
    {
        RequireIds(table, ids, result);
        ForRows(result.Rows, result.Columns, row => table.Row(ids[row]).CopyTo(result.Row(row)));
    }

    /// <summary>tableGradient[ids[i]] += resultGradient[i], in the order of i: the gradient of <see cref="EmbeddingGather"/>.</summary>
    /// <param name="resultGradient">[rows × d]</param>
    /// <param name="ids">[rows]</param>
    /// <param name="tableGradient">[vocabulary × d] Accumulated into.</param>
    /// <exception cref="ArgumentException">The sizes differ, or an id is not in the table.</exception>
    public static void EmbeddingScatterAdd(Matrix resultGradient, int[] ids, Matrix tableGradient)
    {
        RequireIds(tableGradient, ids, resultGradient);
        // Split by columns: rows may meet in one row of the table.
        Workers.ForBlocks(tableGradient.Columns, ColumnsPerScatter, (start, end) =>
        {
            for (int row = 0; row < ids.Length; row++)
            {
                Add(resultGradient.Row(row)[start..end], tableGradient.Row(ids[row])[start..end]);
            }
        });
    }

    private static void RequireIds(Matrix table, int[] ids, Matrix rows)
    {
        Require.Equal(rows.Rows, ids.Length);
        Require.Equal(rows.Columns, table.Columns);
        for (int row = 0; row < ids.Length; row++)
        {
            if ((uint)ids[row] >= (uint)table.Rows)
            {
                throw new ArgumentException($"Id {ids[row]} of row {row} is not in a table of {table.Rows} rows.");
            }
        }
    }
}

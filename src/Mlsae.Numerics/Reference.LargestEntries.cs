namespace Mlsae.Numerics;

public static partial class Reference
{
    /// <inheritdoc cref="LargestEntries.Keep"/>
    /// <returns>row, place in the row's entries, of each entry that is kept, ascending</returns>
    public static (int Row, int Place)[] KeepLargest(SparseRows codes, int count)
    {
        var positive = new List<(int Row, int Place, double Value)>();
        for (int row = 0; row < codes.Rows; row++)
        {
            for (int place = 0; place < codes.RowValues(row).Length; place++)
            {
                double value = codes.RowValues(row)[place];
                if (!(value <= 0))
                {
                    positive.Add((row, place, double.IsNaN(value) ? double.PositiveInfinity : value));
                }
            }
        }

        // The sort is stable: among equals the earlier entry comes first.
        return [.. positive.OrderByDescending(entry => entry.Value).Take(count).Select(entry => (entry.Row, entry.Place)).Order()];
    }
}

using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>
/// The linear assignment problem: each row gets a column of its own so that the sum of the chosen entries is largest. Rows are added one by one along a shortest augmenting
/// path, in which dual prices of rows and columns keep every reduced cost at least 0 (Jonker and Volgenant 1987). Time m²·n for m rows and n columns.
/// </summary>
internal sealed class Assignment
{
    private const int None = -1;

    private readonly Matrix _gains;
    private readonly double[] _rowPrices;
    private readonly double[] _columnPrices;
    private readonly double[] _distances;
    private readonly int[] _rowOf;
    private readonly int[] _before;
    private readonly bool[] _done;

    private Assignment(Matrix gains)
    {
        _gains = gains;
        _rowPrices = new double[gains.Rows];
        _columnPrices = new double[gains.Columns];
        _distances = new double[gains.Columns];
        _rowOf = new int[gains.Columns];
        _before = new int[gains.Columns];
        _done = new bool[gains.Columns];
        Array.Fill(_rowOf, None);
    }

    /// <summary>[rows] the column of each row.</summary>
    /// <param name="gains">[rows × columns] finite; at most as many rows as columns</param>
    public static int[] Largest(Matrix gains)
    {
        Require.That(gains.Rows <= gains.Columns, $"{gains.Rows} rows cannot each have a column of their own of {gains.Columns}.");
        var assignment = new Assignment(gains);
        for (int row = 0; row < gains.Rows; row++)
        {
            assignment.Add(row);
        }

        var columns = new int[gains.Rows];
        for (int column = 0; column < gains.Columns; column++)
        {
            if (assignment._rowOf[column] != None)
            {
                columns[assignment._rowOf[column]] = column;
            }
        }

        return columns;
    }

    /// <summary>Gives a row a column; rows that have one may have to change.</summary>
    private void Add(int row)
    {
        Array.Fill(_distances, double.PositiveInfinity);
        Array.Fill(_before, None);
        Array.Clear(_done);
        double distance = 0;
        int column = None, from = row;
        while (from != None)
        {
            Relax(from, column, distance);
            column = Nearest();
            distance = _distances[column];
            _done[column] = true;
            from = _rowOf[column];
        }

        Reprice(row, distance);
        Augment(row, column);
    }

    /// <summary>Shortens the ways to columns that lead through a row.</summary>
    private void Relax(int row, int through, double distance)
    {
        var gains = _gains.Row(row);
        for (int column = 0; column < gains.Length; column++)
        {
            double way = distance - gains[column] - _rowPrices[row] - _columnPrices[column];
            if (!_done[column] && way < _distances[column])
            {
                _distances[column] = way;
                _before[column] = through;
            }
        }
    }

    private int Nearest()
    {
        int nearest = None;
        for (int column = 0; column < _distances.Length; column++)
        {
            if (!_done[column] && (nearest == None || _distances[column] < _distances[nearest]))
            {
                nearest = column;
            }
        }

        return nearest;
    }

    /// <summary>Makes the reduced cost of every edge on the way 0, and leaves none below 0.</summary>
    private void Reprice(int row, double length)
    {
        _rowPrices[row] += length;
        for (int column = 0; column < _distances.Length; column++)
        {
            if (_done[column] && _rowOf[column] != None)
            {
                _rowPrices[_rowOf[column]] += length - _distances[column];
            }

            if (_done[column])
            {
                _columnPrices[column] -= length - _distances[column];
            }
        }
    }

    /// <summary>Moves every row on the way to the next column.</summary>
    private void Augment(int row, int column)
    {
        while (_before[column] != None)
        {
            _rowOf[column] = _rowOf[_before[column]];
            column = _before[column];
        }

        _rowOf[column] = row;
    }
}

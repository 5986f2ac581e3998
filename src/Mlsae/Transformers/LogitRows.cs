using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>The tokens of a batch, or of a part of it, whose logits are computed.</summary>
internal readonly struct LogitRows
{
    private readonly int[]? _rows;

    /// <param name="rows">ascending from 0; null for all</param>
    /// <param name="tokens">tokens of the batch</param>
    /// <exception cref="ArgumentException">They do not ascend, or lie outside the batch.</exception>
    public LogitRows(IReadOnlyList<int>? rows, int tokens)
        : this(rows?.ToArray(), rows?.Count ?? tokens)
    {
        for (int i = 0; i < Count && _rows != null; i++)
        {
            Require.That(_rows[i] < tokens && _rows[i] > (i == 0 ? -1 : _rows[i - 1]), $"Logits are asked for of token {_rows[i]}; the tokens must ascend and lie within 0..{tokens - 1}.");
        }
    }

    private LogitRows(int[]? rows, int count) => (_rows, Count) = (rows, count);

    /// <summary>How many.</summary>
    public int Count { get; }

    /// <summary>Those among <paramref name="count"/> tokens from <paramref name="first"/>, numbered from there.</summary>
    /// <returns>how many come before them, and they</returns>
    public (int Before, LogitRows Rows) Within(int first, int count)
    {
        if (_rows is null)
        {
            return (first, new LogitRows(null, count));
        }

        int before = Place(first), after = Place(first + count);
        return (before, new LogitRows([.. _rows[before..after].Select(row => row - first)], after - before));
    }

    /// <summary>These rows of a matrix of all tokens: a copy, or the matrix itself where they are all.</summary>
    public Matrix Of(Matrix all)
    {
        if (_rows is null)
        {
            return all;
        }

        var chosen = new Matrix(Count, all.Columns);
        for (int i = 0; i < Count; i++)
        {
            all.Row(_rows[i]).CopyTo(chosen.Row(i));
        }

        return chosen;
    }

    /// <summary>The token that row <paramref name="i"/> is of.</summary>
    public int this[int i] => _rows is null ? i : _rows[i];

    private int Place(int token)
    {
        int found = Array.BinarySearch(_rows!, token);
        return found < 0 ? ~found : found;
    }
}

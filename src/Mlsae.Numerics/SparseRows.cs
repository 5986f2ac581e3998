namespace Mlsae.Numerics;

/// <summary>
/// The codes of a batch: for each row the latents in use and their values. Rows are either all of one length, as TopK leaves them, or each of its own, as a threshold does.
/// </summary>
public sealed class SparseRows
{
    private int[] _starts;

    /// <summary>No rows; stands where storage of a caller was let go of.</summary>
    internal static SparseRows None { get; } = new(0, 0);

    /// <summary>Room for <paramref name="rows"/> rows of <paramref name="width"/> entries, all of index 0 and value 0.</summary>
    public SparseRows(int rows, int width)
    {
        Rows = rows;
        Width = width;
        Indices = new int[checked(Require.NotNegative(rows) * Require.NotNegative(width))];
        Values = new float[Indices.Length];
        EntryCount = Indices.Length;
        _starts = new int[rows + 1];
        for (int row = 0; row <= rows; row++)
        {
            _starts[row] = row * width;
        }
    }

    /// <summary>Rows of the given lengths, all entries of index 0 and value 0.</summary>
    public SparseRows(ReadOnlySpan<int> lengths)
        : this(0, 0) => SetLengths(lengths);

    /// <summary>Number of rows; one for each vector.</summary>
    public int Rows { get; private set; }

    /// <summary>Stored entries of the longest row: k after TopK.</summary>
    public int Width { get; private set; }

    /// <summary>Stored entries of all rows together.</summary>
    public int EntryCount { get; private set; }

    /// <summary>[at least <see cref="EntryCount"/>] column (latent) of each entry, row after row.</summary>
    public int[] Indices { get; private set; }

    /// <summary>[at least <see cref="EntryCount"/>] value of each entry, row after row.</summary>
    public float[] Values { get; private set; }

    /// <summary>Where a row's entries begin in <see cref="Indices"/> and <see cref="Values"/>.</summary>
    /// <param name="row">0 .. <see cref="Rows"/>; the last one is where the entries end</param>
    public int Start(int row) => _starts[row];

    /// <summary>The columns stored in row <paramref name="row"/>.</summary>
    public Span<int> RowIndices(int row) => Indices.AsSpan(_starts[row], _starts[row + 1] - _starts[row]);

    /// <summary>The values stored in row <paramref name="row"/>.</summary>
    public Span<float> RowValues(int row) => Values.AsSpan(_starts[row], _starts[row + 1] - _starts[row]);

    /// <summary>Begins anew with rows of the given lengths, whose entries are to be written. Storage grows where it must and is otherwise kept.</summary>
    /// <param name="lengths">[rows]</param>
    public void SetLengths(ReadOnlySpan<int> lengths)
    {
        Begin(lengths.Length);
        for (int row = 0; row < lengths.Length; row++)
        {
            Width = Math.Max(Width, Require.NotNegative(lengths[row]));
            _starts[row + 1] = checked(_starts[row] + lengths[row]);
        }

        EntryCount = _starts[Rows];
        Reserve(EntryCount);
    }

    /// <summary>Begins anew with what a function makes of the entries of other rows. Those that it makes ≤ 0 are left out; NaN is kept. Storage is kept as by <see cref="SetLengths"/>.</summary>
    /// <param name="source">other rows</param>
    /// <param name="value">from an entry's column and value to its new value</param>
    public void SetFrom(SparseRows source, Func<int, float, float> value)
    {
        Begin(source.Rows);
        Reserve(source.EntryCount);
        int count = 0;
        for (int row = 0; row < source.Rows; row++)
        {
            for (int entry = source.Start(row); entry < source.Start(row + 1); entry++)
            {
                float made = value(source.Indices[entry], source.Values[entry]);
                (Indices[count], Values[count]) = (source.Indices[entry], made);
                count += made <= 0 ? 0 : 1;
            }

            Width = Math.Max(Width, count - _starts[row]);
            _starts[row + 1] = count;
        }

        EntryCount = count;
    }

    /// <summary>The codes of some rows, in a given order, as a copy.</summary>
    /// <param name="rows">which rows; the same one may come several times</param>
    public SparseRows Select(ReadOnlySpan<int> rows)
    {
        var lengths = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            lengths[i] = RowIndices(rows[i]).Length;
        }

        var selected = new SparseRows(lengths);
        for (int i = 0; i < rows.Length; i++)
        {
            RowIndices(rows[i]).CopyTo(selected.RowIndices(i));
            RowValues(rows[i]).CopyTo(selected.RowValues(i));
        }

        return selected;
    }

    private void Begin(int rows)
    {
        if (_starts.Length < rows + 1)
        {
            _starts = new int[rows + 1];
        }

        (Rows, Width) = (rows, 0);
        _starts[0] = 0;
    }

    private void Reserve(int entries)
    {
        if (Indices.Length < entries)
        {
            // More than asked for, as codes that grow from step to step would otherwise need new storage at each.
            int length = Math.Max(entries, Indices.Length + Indices.Length / 2);
            Indices = new int[length];
            Values = new float[length];
        }
    }
}

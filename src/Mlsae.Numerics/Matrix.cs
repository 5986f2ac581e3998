using System.Runtime.InteropServices;

namespace Mlsae.Numerics;

/// <summary>
/// A row-major matrix of floats, or a rectangular window into one. All tensors of the project are held in this one class:
/// what has more axes, such as [batch, position, d_model], is stored with the leading axes folded into rows.
/// </summary>
/// <remarks>
/// A window shares storage with its matrix, so writing to it writes there. Rows are contiguous; the distance between the starts of
/// neighbouring rows is <see cref="Stride"/>, so that one attention head can be a window into [tokens × d_model].
/// </remarks>
public sealed class Matrix
{
    /// <summary>No rows; stands where storage of a caller was let go of.</summary>
    internal static Matrix None { get; } = new(0, 0);

    /// <summary>A matrix of zeros.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative, or the product exceeds the largest array.</exception>
    public Matrix(int rows, int columns)
        : this(rows, columns, new float[checked(Require.NotNegative(rows) * Require.NotNegative(columns))])
    {
    }

    /// <summary>
    /// A matrix of zeros that begins at a cache line: where rows are whole lines, no register is loaded from two of them, which costs kernels that are fed from the second cache up to half of their speed.
    /// </summary>
    /// <remarks>Its storage is longer than its elements, which begin at <see cref="Offset"/>.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative, or the product exceeds the largest array.</exception>
    public static Matrix Aligned(int rows, int columns)
    {
        const int LineBytes = 64;
        int count = checked(Require.NotNegative(rows) * Require.NotNegative(columns));
        float[] values = GC.AllocateArray<float>(checked(count + LineBytes / sizeof(float)), pinned: true);
        int beyond = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(values, 0) % LineBytes);
        return new Matrix(values, (LineBytes - beyond) % LineBytes / sizeof(float), rows, columns, columns);
    }

    /// <summary>Wraps <paramref name="values"/> without a copy.</summary>
    /// <param name="rows">number of rows</param>
    /// <param name="columns">number of columns</param>
    /// <param name="values">[rows × columns], row-major</param>
    /// <exception cref="ArgumentException">The array's length is not rows × columns.</exception>
    public Matrix(int rows, int columns, float[] values)
        : this(values, 0, Require.NotNegative(rows), Require.NotNegative(columns), columns)
    {
        Require.Equal(values.Length, rows * columns);
    }

    private Matrix(float[] values, int offset, int rows, int columns, int stride)
    {
        Values = values;
        Offset = offset;
        Rows = rows;
        Columns = columns;
        Stride = stride;
    }

    /// <summary>The storage, shared by all windows. Element (i, j) is at Offset + i·Stride + j.</summary>
    public float[] Values { get; }

    /// <summary>Where element (0, 0) lies in <see cref="Values"/>.</summary>
    public int Offset { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Distance, in elements, between the starts of neighbouring rows.</summary>
    public int Stride { get; }

    /// <summary>Whether rows follow each other without a gap.</summary>
    public bool IsContiguous => Stride == Columns || Rows <= 1;

    /// <summary>Element (row, column).</summary>
    public ref float this[int row, int column] => ref Row(row)[column];

    /// <summary>Row <paramref name="row"/> as a span.</summary>
    public Span<float> Row(int row)
    {
        if ((uint)row >= (uint)Rows)
        {
            Require.ThrowRowOutOfRange(row, Rows);
        }

        return Values.AsSpan(Offset + row * Stride, Columns);
    }

    /// <summary>All elements as one span.</summary>
    /// <exception cref="InvalidOperationException">This is a window with gaps between its rows.</exception>
    public Span<float> AsSpan() => IsContiguous
        ? Values.AsSpan(Offset, Rows * Columns)
        : throw new InvalidOperationException("A window with gaps between its rows is not one span.");

    /// <summary>All elements of a contiguous matrix.</summary>
    /// <exception cref="InvalidOperationException">The matrix is a window whose rows do not follow each other.</exception>
    public Memory<float> AsMemory() => Values.AsMemory(Offset, AsSpan().Length);

    /// <summary>The window of <paramref name="count"/> rows from <paramref name="start"/>.</summary>
    public Matrix RowWindow(int start, int count) => Window(start, count, 0, Columns);

    /// <summary>The window of <paramref name="count"/> columns from <paramref name="start"/>.</summary>
    public Matrix ColumnWindow(int start, int count) => Window(0, Rows, start, count);

    /// <summary>A rectangular window.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within this matrix.</exception>
    public Matrix Window(int rowStart, int rowCount, int columnStart, int columnCount)
    {
        Require.Within(rowStart, rowCount, Rows);
        Require.Within(columnStart, columnCount, Columns);
        return new Matrix(Values, Offset + rowStart * Stride + columnStart, rowCount, columnCount, Stride);
    }

    /// <summary>The same contiguous elements under other sizes.</summary>
    /// <exception cref="ArgumentException">The number of elements differs.</exception>
    public Matrix Reshape(int rows, int columns)
    {
        Require.Equal(AsSpan().Length, rows * columns);
        return new Matrix(Values, Offset, rows, columns, columns);
    }

    /// <summary>A contiguous copy.</summary>
    public Matrix Copy()
    {
        var copy = new Matrix(Rows, Columns);
        CopyTo(copy);
        return copy;
    }

    /// <summary>Copies every element into <paramref name="destination"/>, overwritten, of the same sizes.</summary>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public void CopyTo(Matrix destination)
    {
        Require.Equal(destination.Rows, Rows);
        Require.Equal(destination.Columns, Columns);
        for (int row = 0; row < Rows; row++)
        {
            Row(row).CopyTo(destination.Row(row));
        }
    }

    /// <summary>Sets every element to <paramref name="value"/>.</summary>
    public void Fill(float value)
    {
        for (int row = 0; row < Rows; row++)
        {
            Row(row).Fill(value);
        }
    }
}

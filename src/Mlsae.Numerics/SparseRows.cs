namespace Mlsae.Numerics;

/// <summary>A matrix with exactly <see cref="Width"/> stored entries in every row: what TopK leaves of [tokens × n_latents].</summary>
public sealed class SparseRows
{
    /// <summary>Room for <paramref name="rows"/> rows of <paramref name="width"/> entries, all of index 0 and value 0.</summary>
    public SparseRows(int rows, int width)
    {
        Rows = rows;
        Width = width;
        Indices = new int[checked(Require.NotNegative(rows) * Require.NotNegative(width))];
        Values = new float[Indices.Length];
    }

    /// <summary>Number of rows; one for each vector.</summary>
    public int Rows { get; }

    /// <summary>Stored entries in a row: k.</summary>
    public int Width { get; }

    /// <summary>[rows × width] column (latent) of each entry.</summary>
    public int[] Indices { get; }

    /// <summary>[rows × width] value of each entry.</summary>
    public float[] Values { get; }

    /// <summary>The columns stored in row <paramref name="row"/>.</summary>
    public Span<int> RowIndices(int row) => Indices.AsSpan(row * Width, Width);

    /// <summary>The values stored in row <paramref name="row"/>.</summary>
    public Span<float> RowValues(int row) => Values.AsSpan(row * Width, Width);
}

namespace Mlsae.Numerics;

/// <summary>
/// The transpose of a batch of sparse codes: for each latent, the rows that use it and with which value, in ascending order of row. With it weight gradients are
/// gathered latent by latent, each written by one thread, so they need no atomics and do not depend on the number of threads.
/// </summary>
/// <remarks>
/// A use is an entry whose value is not ≤ 0: a latent at or below zero after a ReLU has no gradient; a NaN is kept, so that it shows. In a signed index it is every entry but 0. Buffers grow once and are reused.
/// </remarks>
public sealed class LatentIndex
{
    /// <summary>Blocks of rows that are counted and placed beside each other. Their number changes no result.</summary>
    private const int Blocks = 8;

    private readonly int[] _starts;
    private readonly int[] _next;
    private readonly bool _signed;
    private readonly Action<int> _countBody;
    private readonly Action<int> _placeBody;
    private SparseRows _codes = SparseRows.None;
    private int[] _rows = [];
    private float[] _values = [];

    /// <summary>An index over codes of a dictionary of <paramref name="latentCount"/> latents, at first without uses.</summary>
    /// <param name="latentCount">number of latents</param>
    /// <param name="signed">whether values below 0 count too, as what follows from codes may have them</param>
    public LatentIndex(int latentCount, bool signed = false)
    {
        _signed = signed;
        _starts = new int[Require.NotNegative(latentCount) + 1];
        _next = new int[checked(Blocks * latentCount)];
        (_countBody, _placeBody) = (CountBlock, PlaceBlock);
    }

    /// <summary>Number of latents.</summary>
    public int LatentCount => _starts.Length - 1;

    /// <summary>Number of uses in the whole batch.</summary>
    public int UseCount => _starts[^1];

    /// <summary>How many rows use latent <paramref name="latent"/>.</summary>
    public int Count(int latent) => _starts[latent + 1] - _starts[latent];

    /// <summary>The rows that use latent <paramref name="latent"/>, ascending.</summary>
    public ReadOnlySpan<int> Rows(int latent) => _rows.AsSpan(_starts[latent], Count(latent));

    /// <summary>The values with which those rows use it.</summary>
    public ReadOnlySpan<float> Values(int latent) => _values.AsSpan(_starts[latent], Count(latent));

    /// <summary>Replaces the index by that of <paramref name="codes"/>: a counting sort, stable, so ascending by row.</summary>
    /// <exception cref="IndexOutOfRangeException">An entry's latent is not below <see cref="LatentCount"/>.</exception>
    public void Build(SparseRows codes)
    {
        _codes = codes;
        Workers.For(Blocks, _countBody);
        int uses = Accumulate();
        if (_rows.Length < uses)
        {
            _rows = new int[codes.Indices.Length];
            _values = new float[codes.Indices.Length];
        }

        Workers.For(Blocks, _placeBody);
        _codes = SparseRows.None;
    }

    /// <summary>Removes all uses.</summary>
    public void Clear() => Array.Clear(_starts);

    private (int First, int Last) RowsOf(int block) => ((int)((long)_codes.Rows * block / Blocks), (int)((long)_codes.Rows * (block + 1) / Blocks));

    private void CountBlock(int block)
    {
        Span<int> counts = _next.AsSpan(block * LatentCount, LatentCount);
        counts.Clear();
        var (first, last) = RowsOf(block);
        for (int entry = _codes.Start(first); entry < _codes.Start(last); entry++)
        {
            if (IsUse(_codes.Values[entry]))
            {
                counts[_codes.Indices[entry]]++;
            }
        }
    }

    /// <summary>From the counts of each block to where its first use of each latent goes.</summary>
    private int Accumulate()
    {
        int total = 0;
        for (int latent = 0; latent < LatentCount; latent++)
        {
            _starts[latent] = total;
            for (int next = latent; next < _next.Length; next += LatentCount)
            {
                int count = _next[next];
                _next[next] = total;
                total += count;
            }
        }

        return _starts[^1] = total;
    }

    private void PlaceBlock(int block)
    {
        Span<int> next = _next.AsSpan(block * LatentCount, LatentCount);
        var (first, last) = RowsOf(block);
        for (int row = first; row < last; row++)
        {
            for (int entry = _codes.Start(row); entry < _codes.Start(row + 1); entry++)
            {
                float value = _codes.Values[entry];
                if (IsUse(value))
                {
                    int place = next[_codes.Indices[entry]]++;
                    _rows[place] = row;
                    _values[place] = value;
                }
            }
        }
    }

    private bool IsUse(float value) => _signed ? value != 0 : !(value <= 0);
}

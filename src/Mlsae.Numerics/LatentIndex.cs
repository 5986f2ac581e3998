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
    private readonly int[] _starts;
    private readonly int[] _next;
    private readonly bool _signed;
    private int[] _rows = [];
    private float[] _values = [];

    /// <summary>An index over codes of a dictionary of <paramref name="latentCount"/> latents, at first without uses.</summary>
    /// <param name="latentCount">number of latents</param>
    /// <param name="signed">whether values below 0 count too, as what follows from codes may have them</param>
    public LatentIndex(int latentCount, bool signed = false)
    {
        _signed = signed;
        _starts = new int[Require.NotNegative(latentCount) + 1];
        _next = new int[latentCount];
    }

    /// <summary>Number of latents.</summary>
    public int LatentCount => _next.Length;

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
        CountUses(codes);
        int uses = Accumulate();
        if (_rows.Length < uses)
        {
            _rows = new int[codes.Indices.Length];
            _values = new float[codes.Indices.Length];
        }

        Place(codes);
    }

    /// <summary>Removes all uses.</summary>
    public void Clear() => Array.Clear(_starts);

    private void CountUses(SparseRows codes)
    {
        Array.Clear(_next);
        for (int entry = 0; entry < codes.EntryCount; entry++)
        {
            if (IsUse(codes.Values[entry]))
            {
                _next[codes.Indices[entry]]++;
            }
        }
    }

    private int Accumulate()
    {
        int total = 0;
        for (int latent = 0; latent < _next.Length; latent++)
        {
            int count = _next[latent];
            _starts[latent] = _next[latent] = total;
            total += count;
        }

        return _starts[^1] = total;
    }

    private void Place(SparseRows codes)
    {
        for (int row = 0; row < codes.Rows; row++)
        {
            for (int entry = codes.Start(row); entry < codes.Start(row + 1); entry++)
            {
                float value = codes.Values[entry];
                if (IsUse(value))
                {
                    int place = _next[codes.Indices[entry]]++;
                    _rows[place] = row;
                    _values[place] = value;
                }
            }
        }
    }

    private bool IsUse(float value) => _signed ? value != 0 : !(value <= 0);
}

namespace Mlsae.Numerics;

/// <summary>Selects, among all entries of a batch's codes, the largest ones. Buffers are made once and reused.</summary>
/// <remarks>
/// Positive floats are ordered as their bits are, so two histograms, of the upper and of the lower half of the bits, find the smallest value that is kept: two passes, exact, whatever the values.
/// </remarks>
public sealed class LargestEntries
{
    private const int HalfBits = 16;

    private readonly int[] _upper = new int[1 << (31 - HalfBits)];
    private readonly int[] _lower = new int[1 << HalfBits];
    private int[] _lengths = [];

    /// <summary>Keeps the <paramref name="count"/> largest positive entries; all of them where there are fewer.</summary>
    /// <param name="codes">rows of entries, in any order within a row</param>
    /// <param name="count">how many to keep, over all rows together</param>
    /// <param name="kept">Overwritten: as many rows, the entries in the order they had. Among equal values those of earlier rows, and within a row earlier entries, come first.</param>
    /// <returns>the smallest value kept; 0 where none was</returns>
    /// <remarks>NaN counts as larger than every number, so that it shows. Entries at or below 0 are never kept.</remarks>
    /// <exception cref="ArgumentException"><paramref name="kept"/> is <paramref name="codes"/>.</exception>
    public float Keep(SparseRows codes, int count, SparseRows kept)
    {
        Require.NotNegative(count);
        Require.That(!ReferenceEquals(codes, kept), "The entries that are kept need a place of their own.");
        var (smallest, ties) = Smallest(codes.Values.AsSpan(0, codes.EntryCount), count);
        Array.Resize(ref _lengths, codes.Rows);
        int left = ties;
        for (int row = 0; row < codes.Rows; row++)
        {
            _lengths[row] = 0;
            foreach (float value in codes.RowValues(row))
            {
                _lengths[row] += IsKept(value, smallest, ref left) ? 1 : 0;
            }
        }

        kept.SetLengths(_lengths);
        Copy(codes, kept, smallest, ties);
        return kept.EntryCount == 0 ? 0 : BitConverter.UInt32BitsToSingle(smallest);
    }

    private static void Copy(SparseRows codes, SparseRows kept, uint smallest, int ties)
    {
        for (int entry = 0, next = 0; entry < codes.EntryCount; entry++)
        {
            if (IsKept(codes.Values[entry], smallest, ref ties))
            {
                kept.Indices[next] = codes.Indices[entry];
                kept.Values[next++] = codes.Values[entry];
            }
        }
    }

    /// <summary>The bits of the count-th largest positive value, and how many equal to it are kept. Of fewer values the smallest.</summary>
    private (uint Smallest, int Ties) Smallest(ReadOnlySpan<float> values, int count)
    {
        Array.Clear(_upper);
        uint least = uint.MaxValue;
        int positive = 0;
        foreach (float value in values)
        {
            uint key = Key(value);
            if (key > 0)
            {
                positive++;
                least = Math.Min(least, key);
                _upper[key >> HalfBits]++;
            }
        }

        if (positive <= count)
        {
            return (least, int.MaxValue);
        }

        var (upper, left) = Descend(_upper, count);
        Array.Clear(_lower);
        foreach (float value in values)
        {
            uint key = Key(value);
            if (key > 0 && key >> HalfBits == upper)
            {
                _lower[key & 0xFFFF]++;
            }
        }

        var (lower, ties) = Descend(_lower, left);
        return (((uint)upper << HalfBits) | (uint)lower, ties);
    }

    /// <summary>The bin in which the count-th from the top lies, and how many of that bin are among those.</summary>
    private static (int Bin, int Left) Descend(int[] histogram, int count)
    {
        int bin = histogram.Length - 1;
        while (bin > 0 && histogram[bin] < count)
        {
            count -= histogram[bin--];
        }

        return (bin, count);
    }

    private static bool IsKept(float value, uint smallest, ref int ties)
    {
        uint key = Key(value);
        return key > 0 && (key > smallest || (key == smallest && ties-- > 0));
    }

    /// <summary>The bits without the sign: larger for larger values, largest for NaN, 0 for what is never kept.</summary>
    private static uint Key(float value) => value <= 0 ? 0 : BitConverter.SingleToUInt32Bits(value) & int.MaxValue;
}

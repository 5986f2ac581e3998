namespace Mlsae.Numerics;

/// <summary>
/// A value and its latent as one integer whose order is the order of selection: larger values first, NaN before all, among equals the smaller latent. All keys of a row differ,
/// so selections are unique and need no rule for ties.
/// </summary>
internal static class TopKKeys
{
    private const uint SignBit = 0x8000_0000;

    /// <summary>The key; −0 counts and comes back as 0.</summary>
    public static ulong Key(float value, int latent)
    {
        uint bits = float.IsNaN(value) ? BitConverter.SingleToUInt32Bits(float.NaN) & ~SignBit : BitConverter.SingleToUInt32Bits(value + 0f);
        uint ordered = bits ^ ((uint)((int)bits >> 31) | SignBit);
        return ((ulong)ordered << 32) | ~(uint)latent;
    }

    /// <summary>The key's value.</summary>
    public static float Value(ulong key)
    {
        uint ordered = (uint)(key >> 32);
        return BitConverter.UInt32BitsToSingle(ordered ^ ((uint)(~(int)ordered >> 31) | SignBit));
    }

    /// <summary>The key's latent.</summary>
    public static int Latent(ulong key) => (int)~(uint)key;

    /// <summary>Moves the <paramref name="count"/> largest keys to the front, the smallest of them last there (Hoare's selection).</summary>
    public static void SelectLargest(Span<ulong> keys, int count)
    {
        int first = 0, last = keys.Length - 1, wanted = count - 1;
        while (first < last)
        {
            int middle = Partition(keys, first, last);
            if (middle == wanted)
            {
                return;
            }

            (first, last) = middle < wanted ? (middle + 1, last) : (first, middle - 1);
        }
    }

    /// <summary>Puts a pivot where it belongs in descending order, the larger keys before it, and returns its place.</summary>
    private static int Partition(Span<ulong> keys, int first, int last)
    {
        ulong low = keys[first], middle = keys[(first + last) >> 1], high = keys[last];
        ulong pivot = Math.Max(Math.Min(low, high), Math.Min(Math.Max(low, high), middle));
        int place = pivot == low ? first : pivot == high ? last : (first + last) >> 1;
        keys[place] = keys[last];
        int end = first;
        for (int i = first; i < last; i++)
        {
            // Exchanged always and counted only if larger: no branch to mispredict.
            ulong key = keys[i];
            keys[i] = keys[end];
            keys[end] = key;
            end += key > pivot ? 1 : 0;
        }

        keys[last] = keys[end];
        keys[end] = pivot;
        return end;
    }
}

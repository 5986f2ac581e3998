namespace Mlsae.Analysis.Units;

/// <summary>The pairs of one latent by the other latent: a hash table with open addressing, at most two thirds full.</summary>
internal sealed class PairTable
{
    private const int Empty = -1;

    private PairSum[] _slots = [];
    private int _count;

    /// <summary>The sums of a pair, begun with nothing where it is new.</summary>
    public ref PairSum this[int second]
    {
        get
        {
            if (3 * (_count + 1) > 2 * _slots.Length)
            {
                Grow();
            }

            int slot = Find(_slots, second);
            if (_slots[slot].Second == Empty)
            {
                _slots[slot] = new PairSum(second, 0, 0, 0, 0);
                _count++;
            }

            return ref _slots[slot];
        }
    }

    /// <summary>All pairs, in no order.</summary>
    public IEnumerable<PairSum> All => _slots.Where(slot => slot.Second != Empty);

    /// <summary>All pairs in ascending order of the other latent.</summary>
    public PairSum[] Sorted() => [.. All.OrderBy(slot => slot.Second)];

    private static int Find(PairSum[] slots, int second)
    {
        // Fibonacci hashing spreads latents that follow each other; slots are a power of two.
        int mask = slots.Length - 1, slot = (int)(unchecked((uint)second * 2654435769u) >> 7) & mask;
        while (slots[slot].Second != Empty && slots[slot].Second != second)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Grow()
    {
        var slots = new PairSum[Math.Max(8, 2 * _slots.Length)];
        Array.Fill(slots, new PairSum(Empty, 0, 0, 0, 0));
        foreach (var pair in _slots)
        {
            if (pair.Second != Empty)
            {
                slots[Find(slots, pair.Second)] = pair;
            }
        }

        _slots = slots;
    }
}

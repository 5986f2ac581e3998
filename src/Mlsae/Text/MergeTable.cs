using System.Numerics;

namespace Mlsae.Text;

/// <summary>What pairs of adjacent tokens become, and in which order: a hash table with linear probing, because every byte of new text asks it.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that has no merge; every merge comes before it.</summary>
    public const int NoRank = int.MaxValue;

    private const ulong Free = ulong.MaxValue;

    private readonly ulong[] _keys;
    private readonly int[] _ranks;
    private readonly int[] _merged;
    private readonly int _shift;

    /// <param name="merges">left id, right id and merged id, the first merge first; no pair twice</param>
    public MergeTable(IReadOnlyList<(int Left, int Right, int Merged)> merges)
    {
        // At most half full, so that runs of taken slots stay short and a free one always ends the search.
        uint size = BitOperations.RoundUpToPowerOf2((uint)merges.Count * 2 + 2);
        _shift = 64 - BitOperations.Log2(size);
        _keys = new ulong[size];
        _ranks = new int[size];
        _merged = [.. merges.Select(merge => merge.Merged)];
        Array.Fill(_keys, Free);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            int slot = Slot(Key(merges[rank].Left, merges[rank].Right));
            _keys[slot] = Key(merges[rank].Left, merges[rank].Right);
            _ranks[slot] = rank;
        }
    }

    /// <summary>The rank of the merge of two tokens, or <see cref="NoRank"/>.</summary>
    public int Rank(int left, int right)
    {
        int slot = Slot(Key(left, right));
        return _keys[slot] == Free ? NoRank : _ranks[slot];
    }

    /// <summary>The token that the merge of a rank makes.</summary>
    public int Merged(int rank) => _merged[rank];

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    /// <summary>The slot of a key, or the free slot where it belongs.</summary>
    private int Slot(ulong key)
    {
        ulong[] keys = _keys;
        // Fibonacci hashing: the high bits of a product depend on all bits of the key.
        int slot = (int)((key * 0x9E3779B97F4A7C15UL) >> _shift);
        while (keys[slot] != key && keys[slot] != Free)
        {
            slot = (slot + 1) & (keys.Length - 1);
        }
        return slot;
    }
}

namespace Mlsae.Text;

/// <summary>Byte-pair encoding of one word: while any adjacent pair has a merge, the pair of lowest rank becomes one token, the leftmost first.</summary>
internal sealed class BytePairMerges
{
    // Up to here searching all pairs for the lowest rank beats keeping a queue of them.
    private const int LongestShortWord = 48;

    private readonly int[] _byteIds;
    private readonly MergeTable _table;

    /// <param name="byteIds">[256] the id of each byte's token; -1 for bytes that do not occur in UTF-8</param>
    /// <param name="merges">left id, right id and merged id, the first merge first</param>
    public BytePairMerges(int[] byteIds, IReadOnlyList<(int Left, int Right, int Merged)> merges)
    {
        _byteIds = byteIds;
        _table = new MergeTable(merges);
    }

    /// <summary>The tokens of a word.</summary>
    public int[] Apply(ReadOnlySpan<byte> word) => word.Length <= LongestShortWord ? ApplyShort(word) : ApplyLong(word);

    /// <summary>As <see cref="Apply"/>, quadratic in the length.</summary>
    internal int[] ApplyShort(ReadOnlySpan<byte> word)
    {
        Span<int> ids = word.Length <= LongestShortWord ? stackalloc int[LongestShortWord] : new int[word.Length];
        Span<int> ranks = word.Length <= LongestShortWord ? stackalloc int[LongestShortWord] : new int[word.Length];
        for (int i = 0; i < word.Length; i++)
        {
            ids[i] = _byteIds[word[i]];
            ranks[i] = i + 1 < word.Length ? _table.Rank(ids[i], _byteIds[word[i + 1]]) : MergeTable.NoRank;
        }
        int count = word.Length;
        // ranks[i] is the rank of tokens i and i + 1; the last has no partner.
        while (Lowest(ranks[..count]) is >= 0 and int at)
        {
            ids[at] = _table.Merged(ranks[at]);
            ids[(at + 2)..count].CopyTo(ids[(at + 1)..]);
            ranks[(at + 2)..count].CopyTo(ranks[(at + 1)..]);
            count--;
            ranks[at] = at + 1 < count ? _table.Rank(ids[at], ids[at + 1]) : MergeTable.NoRank;
            if (at > 0)
            {
                ranks[at - 1] = _table.Rank(ids[at - 1], ids[at]);
            }
        }
        return ids[..count].ToArray();
    }

    /// <summary>As <see cref="Apply"/> by a queue of candidates over a linked list: n log n for a word of n bytes, however long.</summary>
    internal int[] ApplyLong(ReadOnlySpan<byte> word)
    {
        var chain = new Link[word.Length];
        for (int i = 0; i < word.Length; i++)
        {
            chain[i] = new Link { Id = _byteIds[word[i]], Previous = i - 1, Next = i + 1 < word.Length ? i + 1 : -1 };
        }
        var candidates = new PriorityQueue<int, ulong>(word.Length);
        for (int i = 0; i + 1 < word.Length; i++)
        {
            Propose(chain, i, candidates);
        }
        int count = word.Length;
        while (candidates.TryDequeue(out int at, out ulong order))
        {
            count -= TryMerge(chain, at, (int)(order >> 32), candidates) ? 1 : 0;
        }
        return Collect(chain, count);
    }

    /// <summary>The place of the lowest rank, the leftmost of equal ones; -1 if nothing merges.</summary>
    private static int Lowest(ReadOnlySpan<int> ranks)
    {
        int lowest = MergeTable.NoRank;
        int at = -1;
        for (int i = 0; i < ranks.Length; i++)
        {
            if (ranks[i] < lowest)
            {
                lowest = ranks[i];
                at = i;
            }
        }
        return at;
    }

    private bool TryMerge(Link[] chain, int at, int rank, PriorityQueue<int, ulong> candidates)
    {
        ref Link left = ref chain[at];
        // A candidate is stale when either of its sides was merged with something else since.
        if (left.Id < 0 || left.Next < 0 || _table.Rank(left.Id, chain[left.Next].Id) != rank)
        {
            return false;
        }
        int gone = left.Next;
        left.Id = _table.Merged(rank);
        left.Next = chain[gone].Next;
        chain[gone].Id = -1;
        if (left.Next >= 0)
        {
            chain[left.Next].Previous = at;
            Propose(chain, at, candidates);
        }
        if (left.Previous >= 0)
        {
            Propose(chain, left.Previous, candidates);
        }
        return true;
    }

    private void Propose(Link[] chain, int at, PriorityQueue<int, ulong> candidates)
    {
        int rank = _table.Rank(chain[at].Id, chain[chain[at].Next].Id);
        if (rank != MergeTable.NoRank)
        {
            candidates.Enqueue(at, ((ulong)rank << 32) | (uint)at);
        }
    }

    private static int[] Collect(Link[] chain, int count)
    {
        var ids = new int[count];
        for (int i = 0, at = 0; i < count; i++, at = chain[at].Next)
        {
            ids[i] = chain[at].Id;
        }
        return ids;
    }

    private struct Link
    {
        public int Id;
        public int Previous;
        public int Next;
    }
}

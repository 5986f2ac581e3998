namespace Mlsae.Text;

/// <summary>The merges of a byte-pair encoding: which pairs of tokens become which token, and which come first.</summary>
internal sealed class BytePairMerges
{
    private readonly int[] _byteIds;
    private readonly Dictionary<ulong, Merge> _merges;

    /// <param name="byteIds">[256] the id of each byte's token; -1 for bytes that do not occur in UTF-8</param>
    /// <param name="merges">left id, right id and merged id, the first merge first</param>
    public BytePairMerges(int[] byteIds, IReadOnlyList<(int Left, int Right, int Merged)> merges)
    {
        _byteIds = byteIds;
        _merges = new Dictionary<ulong, Merge>(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            _merges.Add(Key(merges[rank].Left, merges[rank].Right), new Merge(rank, merges[rank].Merged));
        }
    }

    private readonly record struct Merge(int Rank, int Id);

    /// <summary>
    /// The tokens of one word: while any adjacent pair has a merge, the pair of lowest rank becomes one token, the leftmost such pair first.
    /// </summary>
    /// <remarks>A queue of candidates over a linked list: n log n for a word of n bytes, however long.</remarks>
    public int[] Apply(ReadOnlySpan<byte> word)
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

    private bool TryMerge(Link[] chain, int at, int rank, PriorityQueue<int, ulong> candidates)
    {
        ref Link left = ref chain[at];
        // A candidate is stale when either of its sides was merged with something else since.
        if (left.Id < 0 || left.Next < 0 || Find(left.Id, chain[left.Next].Id) is not Merge merge || merge.Rank != rank)
        {
            return false;
        }
        int gone = left.Next;
        left.Id = merge.Id;
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
        if (Find(chain[at].Id, chain[chain[at].Next].Id) is Merge merge)
        {
            candidates.Enqueue(at, ((ulong)merge.Rank << 32) | (uint)at);
        }
    }

    private Merge? Find(int left, int right) => _merges.TryGetValue(Key(left, right), out Merge merge) ? merge : null;

    private static int[] Collect(Link[] chain, int count)
    {
        var ids = new int[count];
        for (int i = 0, at = 0; i < count; i++, at = chain[at].Next)
        {
            ids[i] = chain[at].Id;
        }
        return ids;
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private struct Link
    {
        public int Id;
        public int Previous;
        public int Next;
    }
}

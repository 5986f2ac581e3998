using System.Runtime.InteropServices;
using System.Text;

namespace Mlsae.Text;

/// <summary>The state of BPE training: words as tokens, how often each pair of adjacent tokens occurs, and in which words.</summary>
/// <remarks>A merge touches only the words that hold its pair, so that its cost is their length and not that of the corpus.</remarks>
internal sealed class MergeLearner
{
    private readonly List<string?> _tokens;
    private readonly Dictionary<string, int> _ids = [];
    private readonly List<(int, int, int)> _merges = [];
    private readonly List<Word> _words = [];
    private readonly Dictionary<(int Left, int Right), Pair> _pairs = [];

    // Its counts may be out of date; they are compared with the pairs' when they come out.
    private readonly PriorityQueue<(int Left, int Right), (long NegativeCount, int Left, int Right)> _queue = new();

    /// <param name="firstTokens">the tokens before the first merge, spelled in the byte alphabet; every byte is among them</param>
    /// <param name="words">how often each word occurs</param>
    public MergeLearner(List<string?> firstTokens, Dictionary<string, long> words)
    {
        _tokens = firstTokens;
        for (int id = 0; id < firstTokens.Count; id++)
        {
            if (firstTokens[id] is string token)
            {
                _ids[token] = id;
            }
        }
        int[] byteIds = [.. Enumerable.Range(0, 256).Select(value => _ids[ByteAlphabet.Symbol((byte)value).ToString()])];
        foreach ((string text, long count) in words)
        {
            AddWord([.. Encoding.UTF8.GetBytes(text).Select(value => byteIds[value])], count);
        }
        foreach (((int, int) key, Pair pair) in _pairs)
        {
            Enqueue(key, pair.Count);
        }
    }

    /// <summary>All tokens by id.</summary>
    public IReadOnlyList<string?> Tokens => _tokens;

    /// <summary>Left, right and merged id of every merge, the first first.</summary>
    public IReadOnlyList<(int Left, int Right, int Merged)> Merges => _merges;

    /// <summary>Merges the most frequent pair; false where none occurs twice.</summary>
    public bool Merge()
    {
        while (_queue.TryDequeue(out (int Left, int Right) key, out (long NegativeCount, int, int) order))
        {
            long count = _pairs.TryGetValue(key, out Pair? pair) ? pair.Count : 0;
            if (count < 2)
            {
                continue;
            }
            if (count != -order.NegativeCount)
            {
                Enqueue(key, count);
                continue;
            }
            _pairs.Remove(key);
            MergeInWords(key, TokenOf(key), pair!.Words);
            return true;
        }
        return false;
    }

    private void AddWord(int[] ids, long count)
    {
        int index = _words.Count;
        _words.Add(new Word { Ids = ids, Length = ids.Length, Count = count });
        for (int i = 0; i + 1 < ids.Length; i++)
        {
            Add((ids[i], ids[i + 1]), count, index);
        }
    }

    /// <summary>The id of the merged token: that of a token made of the same bytes in another way, if there is one.</summary>
    private int TokenOf((int Left, int Right) key)
    {
        string spelling = _tokens[key.Left] + _tokens[key.Right];
        if (!_ids.TryGetValue(spelling, out int id))
        {
            id = _tokens.Count;
            _tokens.Add(spelling);
            _ids.Add(spelling, id);
        }
        _merges.Add((key.Left, key.Right, id));
        return id;
    }

    private void MergeInWords((int Left, int Right) key, int merged, List<int> words)
    {
        var grown = new HashSet<(int, int)>();
        foreach (int index in words)
        {
            MergeInWord(key, merged, index, grown);
        }
        _pairs.Remove(key);
        foreach ((int, int) other in grown)
        {
            if (_pairs.TryGetValue(other, out Pair? pair))
            {
                Enqueue(other, pair.Count);
            }
        }
    }

    private void MergeInWord((int Left, int Right) key, int merged, int index, HashSet<(int, int)> grown)
    {
        Word word = _words[index];
        Span<int> ids = word.Ids.AsSpan(0, word.Length);
        int kept = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] != key.Left || i + 1 == ids.Length || ids[i + 1] != key.Right)
            {
                ids[kept++] = ids[i];
                continue;
            }
            if (kept > 0)
            {
                Replace((ids[kept - 1], key.Left), (ids[kept - 1], merged), word.Count, index, grown);
            }
            if (i + 2 < ids.Length)
            {
                Replace((key.Right, ids[i + 2]), (merged, ids[i + 2]), word.Count, index, grown);
            }
            ids[kept++] = merged;
            i++;
        }
        word.Length = kept;
    }

    private void Replace((int, int) old, (int, int) next, long count, int index, HashSet<(int, int)> grown)
    {
        if (_pairs.TryGetValue(old, out Pair? pair))
        {
            pair.Count -= count;
        }
        Add(next, count, index);
        grown.Add(next);
    }

    private void Add((int, int) key, long count, int index)
    {
        ref Pair? pair = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, key, out _);
        pair ??= new Pair();
        pair.Count += count;
        if (pair.Words.Count == 0 || pair.Words[^1] != index)
        {
            pair.Words.Add(index);
        }
    }

    private void Enqueue((int Left, int Right) key, long count) => _queue.Enqueue(key, (-count, key.Left, key.Right));

    private sealed class Word
    {
        public required int[] Ids { get; init; }

        public required int Length { get; set; }

        public required long Count { get; init; }
    }

    private sealed class Pair
    {
        public long Count { get; set; }

        public List<int> Words { get; } = [];
    }
}

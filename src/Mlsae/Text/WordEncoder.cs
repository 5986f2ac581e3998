using System.Collections.Concurrent;
using System.Text;

namespace Mlsae.Text;

/// <summary>Encodes text without added tokens: cuts it into words and merges within each, remembering the words seen before.</summary>
internal sealed class WordEncoder
{
    // Ordinary text is made of few words; bounds keep unusual text from filling the memory.
    private const int LongestRemembered = 64;
    private const int MostRemembered = 1 << 17;

    private readonly TokenizerDefinition _definition;
    private readonly Dictionary<string, int> _ids;
    private readonly BytePairMerges _merges;
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _remembered;
    private int _rememberedCount;

    /// <param name="definition">the tokenizer</param>
    /// <param name="ids">the ids of its model's tokens, spelled in the byte alphabet; every byte that occurs in UTF-8 has one</param>
    public WordEncoder(TokenizerDefinition definition, Dictionary<string, int> ids)
    {
        _definition = definition;
        _ids = ids;
        int[] byteIds = [.. Enumerable.Range(0, 256).Select(value => ids.GetValueOrDefault(ByteAlphabet.Symbol((byte)value).ToString(), -1))];
        _merges = new BytePairMerges(byteIds, definition.Merges);
        _remembered = new ConcurrentDictionary<string, int[]>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Appends the tokens of a piece of text.</summary>
    public void EncodePiece(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (_definition.AddsPrefixSpace && !piece.StartsWith(' '))
        {
            piece = $" {piece}";
        }
        for (int start = 0; start < piece.Length;)
        {
            int end = _definition.SplitsWords ? WordScanner.End(piece, start) : piece.Length;
            ids.AddRange(EncodeWord(piece[start..end]));
            start = end;
        }
    }

    private int[] EncodeWord(ReadOnlySpan<char> word)
    {
        if (_remembered.TryGetValue(word, out int[]? known))
        {
            return known;
        }
        var bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        int[] ids = _definition.IgnoresMerges && _ids.TryGetValue(ByteAlphabet.Spell(bytes), out int whole) ? [whole] : _merges.Apply(bytes);
        if (word.Length <= LongestRemembered && Interlocked.Increment(ref _rememberedCount) <= MostRemembered)
        {
            _remembered.TryAdd(word, ids);
        }
        return ids;
    }
}

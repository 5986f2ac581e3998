using System.Text;
using Mlsae.Text;

namespace Mlsae.Analysis.Proxies;

/// <summary>The characters that a token has bytes of, where it stands.</summary>
/// <param name="Characters">the characters, whole ones although the token may have only part of the first and the last</param>
/// <param name="EndsCharacter">whether its last byte ends a character</param>
/// <param name="IsPart">whether it has only part of some character</param>
public readonly record struct TokenCharacters(IReadOnlyList<Rune> Characters, bool EndsCharacter, bool IsPart)
{
    /// <summary>Whether it has characters other than white space and all of these are of a script.</summary>
    public bool AreIn(UnicodeScript script)
    {
        int inScript = 0, others = 0;
        foreach (var character in Characters)
        {
            bool isIn = script.Contains(character);
            inScript += isIn ? 1 : 0;
            others += isIn || Rune.IsWhiteSpace(character) ? 0 : 1;
        }

        return inScript > 0 && others == 0;
    }

    /// <summary>The characters of every token of a context. A special token has none, and characters do not reach over it; bytes that are no character are U+FFFD.</summary>
    /// <param name="ids">[tokens]</param>
    /// <param name="tokenizer">whose tokens they are</param>
    public static TokenCharacters[] Of(ReadOnlySpan<int> ids, Tokenizer tokenizer)
    {
        var found = new TokenCharacters[ids.Length];
        Array.Fill(found, new TokenCharacters([], true, false));
        for (int start = 0; start < ids.Length; start++)
        {
            int end = start;
            while (end < ids.Length && !tokenizer.IsSpecial(ids[end]))
            {
                end++;
            }

            Read(ids[start..end], tokenizer, found.AsSpan(start, end - start));
            start = end;
        }

        return found;
    }

    private static void Read(ReadOnlySpan<int> ids, Tokenizer tokenizer, Span<TokenCharacters> found)
    {
        var bytes = new List<byte>();
        var ends = new int[ids.Length];
        for (int t = 0; t < ids.Length; t++)
        {
            bytes.AddRange(tokenizer.TokenBytes(ids[t]).Span);
            ends[t] = bytes.Count;
        }

        // [bytes] which character each byte is of, and [characters] where they begin.
        var (characters, starts) = Decode([.. bytes]);
        int first = 0;
        for (int t = 0; t < ids.Length; t++)
        {
            int begin = t == 0 ? 0 : ends[t - 1], end = ends[t];
            while (first + 1 < characters.Count && starts[first + 1] <= begin)
            {
                first++;
            }

            int last = first;
            while (last + 1 < characters.Count && starts[last + 1] < end)
            {
                last++;
            }

            bool beginsCharacter = begin == end || starts[first] == begin, endsCharacter = begin == end || starts[last + 1] == end;
            found[t] = new TokenCharacters(begin == end ? [] : characters.GetRange(first, last - first + 1), endsCharacter, !beginsCharacter || !endsCharacter);
        }
    }

    /// <summary>The characters of some bytes, and where each begins; the last number is where the bytes end.</summary>
    private static (List<Rune> Characters, List<int> Starts) Decode(ReadOnlySpan<byte> bytes)
    {
        var characters = new List<Rune>();
        var starts = new List<int>();
        int at = 0;
        while (at < bytes.Length)
        {
            Rune.DecodeFromUtf8(bytes[at..], out var character, out int length);
            characters.Add(character);
            starts.Add(at);
            at += length;
        }

        starts.Add(at);
        return (characters, starts);
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace Mlsae.Text;

/// <summary>A part of a text: an added token, or what lies between them.</summary>
/// <param name="Start">its first UTF-16 unit</param>
/// <param name="Length">UTF-16 units</param>
/// <param name="Id">the id of the added token, or -1 for text</param>
internal readonly record struct Segment(int Start, int Length, int Id)
{
    /// <summary>Whether it is text between added tokens.</summary>
    public bool IsText => Id < 0;
}

/// <summary>Cuts a text at added tokens: leftmost first, and the longest where several begin at the same place.</summary>
internal sealed class AddedTokenSplitter
{
    private readonly ILookup<char, AddedToken> _byFirst;
    private readonly SearchValues<string> _contents;
    private readonly bool _isEmpty;

    public AddedTokenSplitter(IEnumerable<AddedToken> tokens)
    {
        AddedToken[] ordered = [.. tokens.OrderByDescending(token => token.Content.Length)];
        _isEmpty = ordered.Length == 0;
        _byFirst = ordered.ToLookup(token => token.Content[0]);
        _contents = SearchValues.Create(ordered.Select(token => token.Content).ToArray(), StringComparison.Ordinal);
    }

    /// <summary>Covers the text from beginning to end; no segment is empty.</summary>
    public List<Segment> Split(ReadOnlySpan<char> text)
    {
        var segments = new List<Segment>(1);
        int done = 0;
        int position = _isEmpty ? text.Length : 0;
        while (position < text.Length && text[position..].IndexOfAny(_contents) is >= 0 and int skip)
        {
            int found = position + skip;
            AddedToken token = LongestAt(text, found);
            position = found + token.Content.Length;
            if (token.SingleWord && (EndsInWord(text[..found]) || BeginsWithWord(text[position..])))
            {
                continue;
            }
            int start = token.StripLeft ? Math.Max(done, text[..found].TrimEnd().Length) : found;
            position = token.StripRight ? text.Length - text[position..].TrimStart().Length : position;
            AddText(segments, done, start);
            segments.Add(new Segment(start, position - start, token.Id));
            done = position;
        }
        AddText(segments, done, text.Length);
        return segments;
    }

    private static void AddText(List<Segment> segments, int start, int end)
    {
        if (end > start)
        {
            segments.Add(new Segment(start, end - start, -1));
        }
    }

    private AddedToken LongestAt(ReadOnlySpan<char> text, int start)
    {
        foreach (AddedToken token in _byFirst[text[start]])
        {
            if (text[start..].StartsWith(token.Content, StringComparison.Ordinal))
            {
                return token;
            }
        }
        throw new InvalidOperationException("The search found a token that is not there.");
    }

    private static bool EndsInWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool BeginsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool IsWord(Rune rune) =>
        Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber
            or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark;
}

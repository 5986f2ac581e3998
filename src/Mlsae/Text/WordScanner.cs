using System.Globalization;

namespace Mlsae.Text;

/// <summary>Cuts text into the words within which a GPT-2-style tokenizer merges.</summary>
/// <remarks>
/// The words are the matches of <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c> over code points. They are found
/// by hand, because a regular expression sees UTF-16 units and is several times slower.
/// </remarks>
internal static class WordScanner
{
    private const byte Other = 0;
    private const byte Letter = 1;
    private const byte Number = 2;
    private const byte Space = 3;

    private static readonly byte[] _classes = [.. Enumerable.Range(0, 0x10000).Select(ClassOf)];

    /// <summary>The end of the word that begins at <paramref name="start"/>, which must lie within the text.</summary>
    public static int End(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'' && ContractionLength(text[(start + 1)..]) is > 0 and int length)
        {
            return start + 1 + length;
        }
        // A single space belongs to the word after it.
        int first = text[start] == ' ' && start + 1 < text.Length && ClassAt(text, start + 1, out _) != Space ? start + 1 : start;
        byte kind = ClassAt(text, first, out int units);
        int end = first + units;
        while (end < text.Length && ClassAt(text, end, out units) == kind)
        {
            end += units;
        }
        // Of a run of white space before a word, the last character is left to the word. All white space is one unit long.
        return kind == Space && end < text.Length && end - start > 1 ? end - 1 : end;
    }

    private static int ContractionLength(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }
        return text[0] switch
        {
            's' or 't' or 'm' or 'd' => 1,
            'r' or 'v' when text.Length > 1 && text[1] == 'e' => 2,
            'l' when text.Length > 1 && text[1] == 'l' => 2,
            _ => 0,
        };
    }

    private static byte ClassAt(ReadOnlySpan<char> text, int index, out int units)
    {
        char unit = text[index];
        if (char.IsHighSurrogate(unit) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
        {
            units = 2;
            return ClassOf(char.ConvertToUtf32(unit, text[index + 1]));
        }
        units = 1;
        return _classes[unit];
    }

    private static byte ClassOf(int codePoint)
    {
        UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(codePoint);
        return category switch
        {
            <= UnicodeCategory.OtherLetter => Letter,
            >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber => Number,
            _ when codePoint < 0x10000 && char.IsWhiteSpace((char)codePoint) => Space,
            _ => Other,
        };
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace Mlsae.Text;

/// <summary>Makes the bytes of a token visible on one line.</summary>
internal static class TokenDisplay
{
    /// <summary>
    /// Spaces become ·, line feeds ↵, tabs ⇥; a combining mark at the beginning sits on a dotted circle; other characters without a shape become
    /// \u{N}, and bytes that are no character \xNN.
    /// </summary>
    public static string Show(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            bool whole = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == OperationStatus.Done;
            if (whole)
            {
                Append(text, rune);
            }
            else
            {
                foreach (byte value in bytes[..length])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{value:X2}");
                }
            }
            bytes = bytes[length..];
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, Rune rune)
    {
        UnicodeCategory category = Rune.GetUnicodeCategory(rune);
        switch (rune.Value)
        {
            case ' ':
                text.Append('·');
                break;
            case '\n':
                text.Append('↵');
                break;
            case '\t':
                text.Append('⇥');
                break;
            case var value when category is >= UnicodeCategory.SpaceSeparator and <= UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned:
                text.Append(CultureInfo.InvariantCulture, $"\\u{{{value:X}}}");
                break;
            default:
                bool floats = text.Length == 0 && category is >= UnicodeCategory.NonSpacingMark and <= UnicodeCategory.EnclosingMark;
                text.Append(floats ? "◌" : "").Append(rune.ToString());
                break;
        }
    }
}

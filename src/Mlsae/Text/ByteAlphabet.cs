using System.Text;

namespace Mlsae.Text;

/// <summary>The 256 printable characters that stand for bytes in the vocabularies of byte-level tokenizers.</summary>
/// <remarks>
/// Bytes that are printable Latin-1 characters stand for themselves; the other 68, in order, are U+0100, U+0101 and so on: a space is U+0120.
/// </remarks>
internal static class ByteAlphabet
{
    private static readonly char[] _symbols = MakeSymbols();
    private static readonly short[] _bytes = Invert(_symbols);

    /// <summary>The character that stands for a byte.</summary>
    public static char Symbol(byte value) => _symbols[value];

    /// <summary>Whether a byte can occur in UTF-8 at all. Vocabularies may leave out those that cannot.</summary>
    public static bool OccursInText(byte value) => value is < 0xC0 or (> 0xC1 and < 0xF5);

    /// <summary>The stand-ins of all bytes, in the order of the bytes.</summary>
    public static string Spell(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (byte value in bytes)
        {
            text.Append(_symbols[value]);
        }
        return text.ToString();
    }

    /// <summary>The bytes a token stands for; a token with any other character stands for its own UTF-8 bytes.</summary>
    public static byte[] Bytes(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            int value = token[i] < _bytes.Length ? _bytes[token[i]] : -1;
            if (value < 0)
            {
                return Encoding.UTF8.GetBytes(token);
            }
            bytes[i] = (byte)value;
        }
        return bytes;
    }

    private static char[] MakeSymbols()
    {
        var symbols = new char[256];
        char next = '\u0100';
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            symbols[value] = printable ? (char)value : next++;
        }
        return symbols;
    }

    private static short[] Invert(char[] symbols)
    {
        var bytes = new short[symbols.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < symbols.Length; value++)
        {
            bytes[symbols[value]] = (short)value;
        }
        return bytes;
    }
}

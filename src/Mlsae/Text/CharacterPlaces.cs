using System.Text;

namespace Mlsae.Text;

/// <summary>Walks a text by UTF-8 bytes and tells which characters the bytes belong to.</summary>
internal ref struct CharacterPlaces(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;
    private int _units;
    private int _bytesIntoCharacter;

    /// <summary>Goes on by some bytes; gives the UTF-16 units [from, to) of the characters that have any of them.</summary>
    public (int From, int To) Advance(int bytes)
    {
        int from = _units;
        int to = _units;
        while (bytes > 0)
        {
            Rune.DecodeFromUtf16(_text[_units..], out Rune rune, out int units);
            int taken = Math.Min(bytes, rune.Utf8SequenceLength - _bytesIntoCharacter);
            bytes -= taken;
            _bytesIntoCharacter += taken;
            to = _units + units;
            if (_bytesIntoCharacter == rune.Utf8SequenceLength)
            {
                _units = to;
                _bytesIntoCharacter = 0;
            }
        }
        return (from, to);
    }
}

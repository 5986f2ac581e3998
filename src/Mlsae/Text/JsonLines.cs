using System.Text;
using System.Text.Json;

namespace Mlsae.Text;

/// <summary>Reads the texts of JSON lines: one object a line, the text in its field <c>text</c>. Blank lines are passed over.</summary>
/// <param name="path">what messages call the stream</param>
/// <param name="stream">read once; stays open</param>
internal sealed class JsonLines(string path, Stream stream)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private long _line;

    public IEnumerable<string> Texts()
    {
        while (NextLine() is ReadOnlyMemory<byte> line)
        {
            _line++;
            if (_line == 1 && line.Span.StartsWith(Encoding.UTF8.Preamble))
            {
                line = line[Encoding.UTF8.Preamble.Length..];
            }
            if (line.Span.ContainsAnyExcept(" \t\r"u8))
            {
                yield return Text(line);
            }
        }
    }

    private string Text(ReadOnlyMemory<byte> line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            Check(root.ValueKind == JsonValueKind.Object, "is not a JSON object");
            Check(root.TryGetProperty("text", out JsonElement text), "has no field \"text\"");
            Check(text.ValueKind == JsonValueKind.String, $"has a \"text\" that is not a string but {text.ValueKind.ToString().ToLowerInvariant()}");
            return text.GetString()!;
        }
        catch (JsonException error)
        {
            throw Wrong($"is not valid JSON (at byte {error.BytePositionInLine} of the line)", error);
        }
        catch (InvalidOperationException error)
        {
            throw Wrong("has a string that is not valid Unicode", error);
        }
    }

    /// <summary>The next line without its line feed, valid until the next call; null at the end.</summary>
    private ReadOnlyMemory<byte>? NextLine()
    {
        int searched = 0;
        while (true)
        {
            int feed = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                var line = new ReadOnlyMemory<byte>(_buffer, _start, searched + feed);
                _start += searched + feed + 1;
                return line;
            }
            searched = _end - _start;
            if (!Fill())
            {
                if (searched == 0)
                {
                    return null;
                }
                var rest = new ReadOnlyMemory<byte>(_buffer, _start, searched);
                _start = _end;
                return rest;
            }
        }
    }

    /// <summary>Reads more behind the unfinished line; false at the end of the stream.</summary>
    private bool Fill()
    {
        int kept = _end - _start;
        Check(kept < Array.MaxLength / 2, "is longer than a gigabyte");
        byte[] target = kept > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        Buffer.BlockCopy(_buffer, _start, target, 0, kept);
        (_buffer, _start, _end) = (target, 0, kept);
        int read;
        try
        {
            read = stream.Read(_buffer, _end, _buffer.Length - _end);
        }
        catch (InvalidDataException error) when (!error.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path}: the compressed data is damaged after line {_line}: {error.Message}", error);
        }
        _end += read;
        return read > 0;
    }

    private void Check(bool condition, string complaint)
    {
        if (!condition)
        {
            throw Wrong(complaint, null);
        }
    }

    private InvalidDataException Wrong(string complaint, Exception? cause) => new($"{path}: line {_line} {complaint}.", cause);
}

namespace Mlsae.Text;

/// <summary>Decompresses Zstandard frames, one after another, by the system's libzstd.</summary>
internal sealed unsafe class ZstdStream : Stream
{
    private readonly string _path;
    private readonly Stream _source;
    private readonly byte[] _input = new byte[1 << 17];
    private nint _context;
    private int _inputStart;
    private int _inputEnd;
    private bool _insideFrame;

    /// <param name="path">what messages call the stream</param>
    /// <param name="source">the compressed bytes; disposed with this</param>
    /// <exception cref="NotSupportedException">The system has no libzstd.</exception>
    public ZstdStream(string path, Stream source)
    {
        _path = path;
        _source = source;
        try
        {
            _context = Zstd.Library(path).CreateContext();
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        int written = 0;
        while (written == 0 && !buffer.IsEmpty)
        {
            // With no new input the library may still hold output; so it is asked once more before the end is believed.
            bool ended = _inputStart == _inputEnd && !Fill();
            written = Decompress(buffer);
            if (ended && written == 0)
            {
                return !_insideFrame ? 0 : throw new InvalidDataException($"{_path}: the compressed data ends in the middle; the file is cut short.");
            }
        }
        return written;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
        }
        if (_context != 0)
        {
            Zstd.Library(_path).FreeContext(_context);
            _context = 0;
        }
        base.Dispose(disposing);
    }

    private bool Fill()
    {
        _inputStart = 0;
        _inputEnd = _source.Read(_input);
        return _inputEnd > 0;
    }

    private int Decompress(Span<byte> output)
    {
        if (_inputStart == _inputEnd && !_insideFrame)
        {
            return 0;
        }
        fixed (byte* to = output)
        fixed (byte* from = _input)
        {
            var target = new Zstd.Buffer { Start = to, Size = (nuint)output.Length };
            var source = new Zstd.Buffer { Start = from, Size = (nuint)_inputEnd, Position = (nuint)_inputStart };
            Zstd library = Zstd.Library(_path);
            nuint wanted = library.Decompress(_context, &target, &source);
            if (library.ErrorOf(wanted) is string error)
            {
                throw new InvalidDataException($"{_path}: the compressed data is damaged: {error}.");
            }
            _inputStart = (int)source.Position;
            _insideFrame = wanted != 0;
            return (int)target.Position;
        }
    }
}

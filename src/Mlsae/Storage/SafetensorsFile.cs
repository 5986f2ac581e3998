using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace Mlsae.Storage;

/// <summary>
/// A safetensors file, mapped into memory: opening reads the header alone, and each tensor's bytes come from the disk when they are asked for.
/// </summary>
/// <remarks>The whole header is checked on opening. Nothing in a file is executed. May be read by several threads at a time.</remarks>
public sealed unsafe partial class SafetensorsFile : TensorSource
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafetensorsHeader _header;
    private readonly byte* _data;
    private bool _disposed;

    private SafetensorsFile(string path, FileStream stream)
        : base(path)
    {
        long length = stream.Length;
        if (length < sizeof(ulong))
        {
            throw new InvalidDataException($"'{path}' has {length} bytes; a safetensors file has at least 8, the length of its header.");
        }

        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += _view.PointerOffset;
        try
        {
            int headerLength = HeaderLength(start, length, path);
            _header = SafetensorsHeader.Parse(new ReadOnlySpan<byte>(start + sizeof(ulong), headerLength), length - sizeof(ulong) - headerLength, path);
            _data = start + sizeof(ulong) + headerLength;
        }
        catch
        {
            Dispose(true);
            throw;
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    private protected override Dictionary<string, TensorEntry> Entries => _header.Tensors;

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is malformed; the message names path and tensor.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                Directory.Exists(path) ? $"'{path}' is a folder where a safetensors file is needed." : $"There is no file '{path}'.", path);
        }

        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
        try
        {
            return new SafetensorsFile(path, stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private protected override ReadOnlySpan<byte> Bytes(string name, TensorEntry entry, long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new ReadOnlySpan<byte>(_data + entry.Begin + offset, length);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_disposed && disposing)
        {
            _disposed = true;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }

    private static int HeaderLength(byte* start, long fileLength, string path)
    {
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(start, sizeof(ulong)));
        if (length > (ulong)(fileLength - sizeof(ulong)))
        {
            throw new InvalidDataException(
                $"'{path}': the safetensors header should have {length} bytes, but {fileLength - sizeof(ulong)} follow; the file is cut short or no safetensors file.");
        }

        return length <= SafetensorsHeader.LongestHeader
            ? (int)length
            : throw new InvalidDataException(
                $"'{path}': the safetensors header has {length} bytes; the format allows {SafetensorsHeader.LongestHeader}.");
    }
}

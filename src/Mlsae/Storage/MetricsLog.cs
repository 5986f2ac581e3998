using System.Text.Json;

namespace Mlsae.Storage;

/// <summary>A file of one JSON object a line, appended to while a run goes on: metrics.jsonl. A reader sees each line as soon as it is written.</summary>
public sealed class MetricsLog : IDisposable
{
    private static readonly JsonSerializerOptions OneLine = new(JsonFile.SnakeCase) { WriteIndented = false };
    private readonly FileStream _stream;

    private MetricsLog(string path, FileMode mode)
    {
        Path = path;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        // Without a buffer, so that after a failed write nothing is left to be written later.
        _stream = new FileStream(path, mode, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 0);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Length of the file in bytes.</summary>
    public long Length => _stream.Length;

    /// <summary>Starts an empty log; an older one is lost.</summary>
    public static MetricsLog Create(string path) => new(path, FileMode.Create);

    /// <summary>Goes on with a log as it was at a checkpoint: what was written after that is cut off, and will be written again.</summary>
    /// <param name="path">the file</param>
    /// <param name="length">bytes it had then, as <see cref="Commit"/> gave them</param>
    /// <exception cref="InvalidDataException">The file is missing or shorter, or no line ends there.</exception>
    public static MetricsLog Resume(string path, long length)
    {
        var log = new MetricsLog(path, FileMode.OpenOrCreate);
        try
        {
            log.Truncate(length);
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>The objects of a log. A last line without its end, as a kill may leave, is passed over.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is not JSON; the message names path and line.</exception>
    public static IReadOnlyList<JsonElement> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        string[] lines = reader.ReadToEnd().Split('\n');
        return [.. lines.SkipLast(1).Select((line, index) => ParseLine(path, index + 1, line))];
    }

    /// <summary>Appends one object and hands it to the operating system.</summary>
    /// <exception cref="IOException">It could not be written, as on a full disk; nothing of the line remains.</exception>
    public void Append<T>(T record)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(record, OneLine), (byte)'\n'];
        long before = _stream.Length;
        try
        {
            _stream.Write(line);
            _stream.Flush();
        }
        catch (IOException error)
        {
            Cut(before);
            throw AtomicFile.Sentence(Path, error);
        }
    }

    /// <summary>Flushes the file to the disk and gives its length in bytes, for a checkpoint to remember.</summary>
    public long Commit()
    {
        _stream.Flush(flushToDisk: true);
        return _stream.Length;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static JsonElement ParseLine(string path, int number, string line)
    {
        try
        {
            return JsonElement.Parse(line);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}': line {number} is not JSON.", error);
        }
    }

    private void Truncate(long length)
    {
        if (length < 0 || length > _stream.Length)
        {
            throw new InvalidDataException($"'{Path}' has {_stream.Length} bytes where the checkpoint remembers {length}.");
        }

        _stream.Position = Math.Max(0, length - 1);
        if (length > 0 && _stream.ReadByte() != '\n')
        {
            throw new InvalidDataException($"'{Path}': no line ends at byte {length}, which the checkpoint remembers.");
        }

        Cut(length);
    }

    private void Cut(long length)
    {
        if (_stream.Length > length)
        {
            _stream.SetLength(length);
        }

        _stream.Position = length;
    }
}

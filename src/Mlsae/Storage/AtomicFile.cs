using System.Text;

namespace Mlsae.Storage;

/// <summary>
/// Writes whole files: beside the target, flushed to the disk, renamed over it. Whoever reads the target sees the old file or the new one,
/// never a part, even after a kill or a power cut.
/// </summary>
public static class AtomicFile
{
    /// <summary>What unfinished files and folders end in.</summary>
    public const string PartialSuffix = ".partial";

    private const int NoSpaceOnUnix = 28;
    private const int DiskFullOnWindows = unchecked((int)0x80070070);

    /// <summary>Writes bytes.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void Write(string path, ReadOnlyMemory<byte> bytes) => Write(path, stream => stream.Write(bytes.Span));

    /// <summary>Writes text in UTF-8 without a byte order mark.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteText(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes what <paramref name="write"/> puts into the stream.</summary>
    /// <exception cref="IOException">The file could not be written, as on a full disk: one sentence with the path. Nothing half-written remains, and an older file stays as it was.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string partial = path + PartialSuffix;
        try
        {
            string folder = Path.GetDirectoryName(path) ?? "";
            Directory.CreateDirectory(folder.Length == 0 ? "." : folder);
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
            DirectorySync.Flush(folder);
        }
        catch (Exception error)
        {
            Discard(partial);
            if (error is IOException or UnauthorizedAccessException)
            {
                throw Sentence(path, error);
            }

            throw;
        }
    }

    /// <summary>The sentence for a failed write. It keeps what marks a full disk, so that who wrote the file may name what it was a part of instead.</summary>
    internal static IOException Sentence(string path, Exception error) => error.HResult is NoSpaceOnUnix or DiskFullOnWindows
        ? new IOException($"'{path}' could not be written because the disk is full; make room and run again.", error) { HResult = error.HResult }
        : new IOException($"'{path}' could not be written: {error.Message}", error);

    private static void Discard(string partial)
    {
        try
        {
            File.Delete(partial);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to tell of.
        }
    }
}

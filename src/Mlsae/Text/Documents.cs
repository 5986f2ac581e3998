using System.IO.Compression;
using System.Text;
using System.Text.Unicode;

namespace Mlsae.Text;

/// <summary>Reads documents from files, one after another, without holding a file of many in memory.</summary>
public static class Documents
{
    /// <summary>What <see cref="Read"/> reads, for messages.</summary>
    private const string Kinds = ".txt and .jsonl, plain or compressed as .gz or .zst";

    // The longest string of the runtime has a little less than 2^30 UTF-16 units.
    private const long LargestDocument = 1_000_000_000;

    // The runtime takes a gzip file that is cut short for a whole one unless this is set before the first use of compression in the process.
    static Documents() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    /// <summary>
    /// The documents of a file: a .txt is one document, each line of a .jsonl holds one in its field <c>text</c>; either may be compressed (.gz, or
    /// .zst with the system's libzstd). Of a folder: those of its files of these kinds, in ordinal order of their names; its subfolders are not entered.
    /// </summary>
    /// <remarks>A byte order mark at the beginning of a file is no part of its text. Reading is lazy; each enumeration begins anew.</remarks>
    /// <exception cref="FileNotFoundException">There is neither a file nor a folder at <paramref name="path"/>.</exception>
    /// <exception cref="InvalidDataException">
    /// At once: the file is of another kind, or the folder holds none. While reading: a text is not UTF-8 (the message names the byte), a line is not
    /// a JSON object with a string <c>text</c> (it names the line), or compressed data is damaged or cut short.
    /// </exception>
    /// <exception cref="NotSupportedException">While reading: a .zst, and the system has no libzstd.</exception>
    public static IEnumerable<string> Read(string path)
    {
        if (Directory.Exists(path))
        {
            string[] files = [.. Directory.GetFiles(path).Where(IsKnown).OrderBy(Path.GetFileName, StringComparer.Ordinal)];
            return files.Length > 0 ? files.SelectMany(ReadFile) : throw new InvalidDataException($"{path}: the folder has no text: {Kinds} are read.");
        }
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is no such file or folder.", path);
        }
        return IsKnown(path) ? ReadFile(path) : throw new InvalidDataException($"{path}: not a kind of text that is read: {Kinds} are.");
    }

    private static bool IsKnown(string path) => Path.GetExtension(WithoutCompression(path)) is ".txt" or ".jsonl";

    private static string WithoutCompression(string path) => Path.GetExtension(path) is ".gz" or ".zst" ? Path.ChangeExtension(path, null) : path;

    private static IEnumerable<string> ReadFile(string path) =>
        Path.GetExtension(WithoutCompression(path)) == ".txt" ? ReadWhole(path) : ReadLines(path);

    private static IEnumerable<string> ReadLines(string path)
    {
        using Stream stream = Open(path);
        foreach (string text in new JsonLines(path, stream).Texts())
        {
            yield return text;
        }
    }

    private static IEnumerable<string> ReadWhole(string path)
    {
        using Stream stream = Open(path);
        var bytes = new MemoryStream();
        CopyWhole(path, stream, bytes);
        yield return DecodeUtf8(path, bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    private static Stream Open(string path)
    {
        FileStream file = File.OpenRead(path);
        return Path.GetExtension(path) switch
        {
            ".gz" => new GZipStream(file, CompressionMode.Decompress),
            ".zst" => new ZstdStream(path, file),
            _ => file,
        };
    }

    private static void CopyWhole(string path, Stream stream, MemoryStream target)
    {
        var buffer = new byte[1 << 16];
        try
        {
            for (int read; (read = stream.Read(buffer)) > 0 && target.Length <= LargestDocument;)
            {
                target.Write(buffer, 0, read);
            }
        }
        catch (InvalidDataException error) when (!error.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path}: the compressed data is damaged: {error.Message}", error);
        }
        if (target.Length > LargestDocument)
        {
            throw new InvalidDataException($"{path}: more than {LargestDocument:N0} bytes are too many for one document; use .jsonl with many.");
        }
    }

    private static string DecodeUtf8(string path, ReadOnlySpan<byte> bytes)
    {
        int mark = bytes.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes[mark..]);
        }
        int good = 0;
        while (Rune.DecodeFromUtf8(bytes[good..], out _, out int length) == System.Buffers.OperationStatus.Done)
        {
            good += length;
        }
        throw new InvalidDataException($"{path}: not valid UTF-8: byte {good} (0x{bytes[good]:X2}) does not belong to a character.");
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Mlsae.Storage;

/// <summary>What names a model or a data set in a manifest: SHA-256 of its content, as "sha256:" and 64 hexadecimal digits.</summary>
public static class ContentHash
{
    /// <summary>Of a file's bytes, or of a folder.</summary>
    /// <exception cref="FileNotFoundException">There is neither a file nor a folder of that name.</exception>
    public static string Of(string path) =>
        Directory.Exists(path) ? OfFolder(path)
        : File.Exists(path) ? OfFile(path)
        : throw new FileNotFoundException($"There is no file or folder '{path}'.", path);

    /// <summary>Of a text's UTF-8 bytes.</summary>
    public static string OfText(string text) => Text(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Of a file's bytes.</summary>
    public static string OfFile(string path) => Text(Digest(path));

    /// <summary>
    /// Of names and bytes of all files in a folder and below it, in ordinal order of their names with '/' between folders. Names that
    /// begin with a dot are left out: they are not content.
    /// </summary>
    public static string OfFolder(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var names = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(name => !name.Split('/').Any(part => part.StartsWith('.')))
            .Order(StringComparer.Ordinal);
        var length = new byte[sizeof(int)];
        foreach (string name in names)
        {
            // The length keeps "a" + "bc" apart from "ab" + "c"; a file's digest has one length.
            byte[] utf8 = Encoding.UTF8.GetBytes(name);
            BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
            hash.AppendData(length);
            hash.AppendData(utf8);
            hash.AppendData(Digest(Path.Combine(folder, name)));
        }

        return Text(hash.GetHashAndReset());
    }

    private static byte[] Digest(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return SHA256.HashData(stream);
    }

    private static string Text(byte[] digest) => "sha256:" + Convert.ToHexStringLower(digest);
}

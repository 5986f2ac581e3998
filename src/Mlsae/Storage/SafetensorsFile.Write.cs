using System.Buffers.Binary;
using System.Text.Json;
using Mlsae.Numerics;

namespace Mlsae.Storage;

public sealed unsafe partial class SafetensorsFile
{
    private const int Alignment = 8;

    /// <summary>
    /// Writes a file: beside, flushed to the disk, renamed. Tensors lie by size of element and then by name, so the same tensors give the
    /// same bytes in whatever order they come, and every tensor is aligned to its elements.
    /// </summary>
    /// <param name="path">the file; its folder is made where it is missing</param>
    /// <param name="tensors">what to write; names must differ</param>
    /// <param name="metadata">free-form text to store with them</param>
    /// <exception cref="ArgumentException">A name is given twice or reserved, or a tensor's bytes do not fit its shape.</exception>
    /// <exception cref="IOException">The file could not be written; nothing of it remains.</exception>
    public static void Write(string path, IEnumerable<Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.OrderByDescending(t => t.Type.ByteSize()).ThenBy(t => t.Name, StringComparer.Ordinal).ToList();
        CheckTensors(ordered);
        byte[] header = WriteHeader(ordered, metadata);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (var tensor in ordered)
            {
                stream.Write(tensor.Bytes.Span);
            }
        });
    }

    private static void CheckTensors(List<Tensor> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            Require.That(names.Add(tensor.Name) && tensor.Name != "__metadata__", $"A file cannot hold another tensor named '{tensor.Name}'.");
            Require.That(tensor.Shape.All(size => size >= 0), $"{tensor.Name} has the shape {Messages.Shape(tensor.Shape)}.");
            long bytes = tensor.Shape.Aggregate((long)tensor.Type.ByteSize(), (product, size) => checked(product * size));
            Require.That(
                bytes == tensor.Bytes.Length,
                $"{tensor.Name} has {tensor.Bytes.Length} bytes where {tensor.Type} {Messages.Shape(tensor.Shape)} needs {bytes}.");
        }
    }

    /// <summary>The eight bytes of length and the header, padded by blanks so that the data after it is aligned.</summary>
    private static byte[] WriteHeader(List<Tensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        buffer.Write(new byte[sizeof(ulong)]);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                WriteMetadata(json, metadata);
            }

            WriteEntries(json, tensors);
            json.WriteEndObject();
        }

        while (buffer.Length % Alignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        byte[] bytes = buffer.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)(bytes.Length - sizeof(ulong)));
        return bytes;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject("__metadata__");
        foreach (var (key, text) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, text);
        }

        json.WriteEndObject();
    }

    private static void WriteEntries(Utf8JsonWriter json, List<Tensor> tensors)
    {
        long offset = 0;
        foreach (var tensor in tensors)
        {
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", tensor.Type.ToString());
            WriteIntegers(json, "shape", tensor.Shape);
            WriteIntegers(json, "data_offsets", [offset, offset += tensor.Bytes.Length]);
            json.WriteEndObject();
        }
    }

    private static void WriteIntegers(Utf8JsonWriter json, string name, long[] values)
    {
        json.WriteStartArray(name);
        foreach (long value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}

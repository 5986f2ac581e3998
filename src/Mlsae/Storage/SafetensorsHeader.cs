using System.Text.Json;
using System.Text.Unicode;

namespace Mlsae.Storage;

/// <summary>The checked header of a safetensors file: what its tensors are and where they lie.</summary>
internal sealed partial class SafetensorsHeader
{
    /// <summary>The longest header the format allows, in bytes.</summary>
    internal const int LongestHeader = 100_000_000;

    private readonly string _path;

    private SafetensorsHeader(string path) => _path = path;

    internal Dictionary<string, TensorEntry> Tensors { get; } = new(StringComparer.Ordinal);

    internal Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads a header and checks that its tensors cover the data exactly, without gap or overlap.</summary>
    /// <param name="json">the header's text</param>
    /// <param name="dataLength">bytes after the header</param>
    /// <param name="path">what messages call the file</param>
    /// <exception cref="InvalidDataException">The header is malformed.</exception>
    internal static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength, string path)
    {
        var header = new SafetensorsHeader(path);
        if (json.IsEmpty || json[0] != '{' || !Utf8.IsValid(json))
        {
            throw header.Error("is not a JSON object in UTF-8");
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
        try
        {
            header.ReadEntries(ref reader);
            reader.Read();
        }
        catch (JsonException error)
        {
            throw header.Error($"is not valid JSON after {reader.BytesConsumed} bytes", error);
        }
        catch (InvalidOperationException error)
        {
            throw header.Error($"has text that is not Unicode after {reader.BytesConsumed} bytes", error);
        }

        header.CheckCover(dataLength);
        return header;
    }

    private TensorEntry Checked(string tensor, ElementType type, List<long> shape, List<long> offsets)
    {
        if (offsets.Count != 2 || offsets[0] > offsets[1])
        {
            throw Error(tensor, $"has data_offsets {Messages.Shape(offsets)} where [begin, end] is needed");
        }

        UInt128 bytes = (UInt128)type.ByteSize();
        foreach (long size in shape)
        {
            bytes *= (UInt128)size;
            if (bytes > long.MaxValue)
            {
                throw Error(tensor, $"has the shape {Messages.Shape(shape)}, which no file can hold");
            }
        }

        long length = offsets[1] - offsets[0];
        return (long)bytes == length
            ? new TensorEntry(type, [.. shape], offsets[0], offsets[1])
            : throw Error(tensor, $"has {length} bytes of data where {type} {Messages.Shape(shape)} needs {bytes}");
    }

    private void CheckCover(long dataLength)
    {
        long covered = 0;
        foreach (var (name, entry) in Tensors.OrderBy(t => t.Value.Begin).ThenBy(t => t.Value.End))
        {
            if (entry.Begin != covered)
            {
                throw Error(name, $"begins at byte {entry.Begin} of the data, {(entry.Begin < covered ? "inside" : "with a gap after")} the tensor before it, which ends at {covered}");
            }

            covered = entry.End;
            if (covered > dataLength)
            {
                throw Error(name, $"ends at byte {covered} of the data, but the file holds {dataLength}");
            }
        }

        if (covered != dataLength)
        {
            throw Error($"describes {covered} bytes of data, but the file holds {dataLength}");
        }
    }

    private InvalidDataException Error(string what, Exception? inner = null) => new($"'{_path}': the safetensors header {what}.", inner);

    private InvalidDataException Error(string tensor, string what) => new($"'{_path}': tensor {Messages.Quote(tensor)} {what}.");
}

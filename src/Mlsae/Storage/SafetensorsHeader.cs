using System.Text.Json;
using System.Text.Unicode;

namespace Mlsae.Storage;

/// <summary>The checked header of a safetensors file: what its tensors are and where they lie.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The longest header the format allows, in bytes.</summary>
    internal const int LongestHeader = 100_000_000;

    private const int MostAxes = 64;
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

    private void ReadEntries(ref Utf8JsonReader reader)
    {
        reader.Read();
        while (NextField(ref reader, out string name))
        {
            if (name == "__metadata__")
            {
                ReadMetadata(ref reader);
            }
            else if (!Tensors.TryAdd(name, ReadTensor(ref reader, name)))
            {
                throw Error(name, "is described twice");
            }
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (Metadata.Count > 0 || reader.TokenType != JsonTokenType.StartObject)
        {
            throw Error("has a __metadata__ that is not one object of texts");
        }

        while (NextField(ref reader, out string name))
        {
            if (reader.TokenType != JsonTokenType.String || !Metadata.TryAdd(name, reader.GetString()!))
            {
                throw Error($"has a __metadata__ whose field {Messages.Quote(name)} is not one text");
            }
        }
    }

    private TensorEntry ReadTensor(ref Utf8JsonReader reader, string tensor)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Error(tensor, "is not described by an object");
        }

        ElementType? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (NextField(ref reader, out string field))
        {
            switch (field)
            {
                case "dtype" when type is null: type = ReadType(ref reader, tensor); break;
                case "shape" when shape is null: shape = ReadIntegers(ref reader, tensor, field); break;
                case "data_offsets" when offsets is null: offsets = ReadIntegers(ref reader, tensor, field); break;
                default: throw Error(tensor, $"has an unknown or repeated field {Messages.Quote(field)}");
            }
        }

        if (type is null || shape is null || offsets is null)
        {
            throw Error(tensor, $"has no {(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        }

        return Checked(tensor, type.Value, shape, offsets);
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

    private ElementType ReadType(ref Utf8JsonReader reader, string tensor)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        foreach (var type in Enum.GetValues<ElementType>())
        {
            if (text == type.ToString())
            {
                return type;
            }
        }

        throw Error(
            tensor, $"has the dtype {Messages.Quote(text ?? reader.TokenType.ToString())} where one of {string.Join(", ", Enum.GetNames<ElementType>())} is needed");
    }

    private List<long> ReadIntegers(ref Utf8JsonReader reader, string tensor, string field)
    {
        var values = new List<long>();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Error(tensor, $"has a {field} that is not a list");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value) || value < 0 || values.Count == MostAxes)
            {
                throw Error(tensor, $"has a {field} that is not a list of at most {MostAxes} integers from 0 to 2⁶³ − 1");
            }

            values.Add(value);
        }

        return values;
    }

    /// <summary>Moves to the value of an object's next field; false at the object's end.</summary>
    private static bool NextField(ref Utf8JsonReader reader, out string name)
    {
        reader.Read();
        bool found = reader.TokenType == JsonTokenType.PropertyName;
        name = found ? reader.GetString()! : "";
        return found && reader.Read();
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

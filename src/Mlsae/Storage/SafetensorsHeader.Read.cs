using System.Text.Json;

namespace Mlsae.Storage;

/// <content>Reading the header's JSON: a field at a time, so that nothing is believed before it is checked.</content>
internal sealed partial class SafetensorsHeader
{
    private const int MostAxes = 64;

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
}

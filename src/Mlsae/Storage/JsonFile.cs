using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Mlsae.Storage;

/// <summary>
/// Records as JSON files: indented, fields in snake_case. A field that is unknown, missing though required, given twice or of the wrong
/// type is refused with the path and the field, so that a misspelt setting never goes unnoticed.
/// </summary>
public static class JsonFile
{
    /// <summary>Fields in snake_case: ModelDim is model_dim.</summary>
    public static JsonSerializerOptions SnakeCase { get; } = Options(JsonNamingPolicy.SnakeCaseLower);

    /// <summary>Fields named as the record's properties, or as their JsonPropertyName attributes say.</summary>
    public static JsonSerializerOptions AsNamed { get; } = Options(null);

    /// <summary>Writes <paramref name="value"/> as a file.</summary>
    /// <param name="path">the file; its folder is made where it is missing</param>
    /// <param name="value">a record</param>
    /// <param name="options">how fields are named; <see cref="SnakeCase"/> where null</param>
    /// <exception cref="IOException">The file could not be written; an older one stays as it was.</exception>
    public static void Write<T>(string path, T value, JsonSerializerOptions? options = null) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(value, options ?? SnakeCase) + "\n");

    /// <summary>Reads a record from a file.</summary>
    /// <param name="path">the file</param>
    /// <param name="options">how fields are named; <see cref="SnakeCase"/> where null</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not JSON or does not fit the record; the message names path and field.</exception>
    public static T Read<T>(string path, JsonSerializerOptions? options = null) => File.Exists(path)
        ? Parse<T>(File.ReadAllBytes(path), path, options)
        : throw new FileNotFoundException($"There is no file '{path}'.", path);

    /// <summary>Reads a record from JSON text.</summary>
    /// <param name="json">UTF-8</param>
    /// <param name="path">what messages call it</param>
    /// <param name="options">how fields are named; <see cref="SnakeCase"/> where null</param>
    /// <exception cref="InvalidDataException">It is not JSON or does not fit the record; the message names path and field.</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> json, string path, JsonSerializerOptions? options = null)
    {
        options ??= SnakeCase;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            JsonFields.Check(document.RootElement, options.GetTypeInfo(typeof(T)), path, "");
            return document.RootElement.Deserialize<T>(options)
                ?? throw new InvalidDataException($"'{path}' holds null where an object is needed.");
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{path}': {Sentence(error)}", error);
        }
    }

    private static string Sentence(Exception error)
    {
        // System.Text.Json appends path and position to its own sentence; the field comes first here.
        string text = error.Message.Split(" Path: ")[0];
        return error is JsonException { Path: { Length: > 2 } field } ? $"field '{field[2..]}': {text}" : text;
    }

    private static JsonSerializerOptions Options(JsonNamingPolicy? naming)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = naming,
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutDerived } },
            AllowDuplicateProperties = false,
            AllowOutOfOrderMetadataProperties = true,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Converters = { new JsonStringEnumConverter(naming, allowIntegerValues: false) },
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>Properties that follow from others, and so cannot be set, are not fields of the file.</summary>
    private static void LeaveOutDerived(JsonTypeInfo type)
    {
        for (int i = type.Properties.Count - 1; i >= 0; i--)
        {
            if (type.Properties[i] is { Set: null, AssociatedParameter: null, IsExtensionData: false })
            {
                type.Properties.RemoveAt(i);
            }
        }
    }
}

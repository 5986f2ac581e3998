using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Mlsae.Storage;

namespace Mlsae.Dictionaries;

/// <summary>Configuration records as JSON files with snake_case names, strictly read: a field that is unknown, missing or of the wrong type is named in one sentence.</summary>
public static class ConfigFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        AllowDuplicateProperties = false,
        WriteIndented = true,
    };

    /// <summary>The record as it is written to a file.</summary>
    public static string ToJson<T>(T config) => JsonSerializer.Serialize(config, Options);

    /// <summary>Writes the record: beside, flushed, renamed.</summary>
    /// <exception cref="IOException">The file could not be written.</exception>
    public static void Write<T>(string path, T config) => AtomicFile.WriteText(path, ToJson(config) + "\n");

    /// <summary>Reads a record that <see cref="Write"/> wrote or someone typed.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no JSON object, or a field is unknown, missing or of the wrong type; the message names path and field.</exception>
    public static T Read<T>(string path)
        where T : class => Convert<T>(ReadObject(path), path);

    /// <summary>Reads a file that must hold one JSON object.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not JSON, or no object.</exception>
    internal static JsonObject ReadObject(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no configuration file '{path}'.", path);
        }

        try
        {
            var options = new JsonDocumentOptions { AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            return JsonNode.Parse(File.ReadAllText(path), documentOptions: options) as JsonObject
                ?? throw new InvalidDataException($"'{path}' is not a JSON object of settings.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}' is not valid JSON at line {error.LineNumber + 1}: {FirstSentence(error.Message)}", error);
        }
    }

    /// <summary>Makes a record of a JSON object.</summary>
    /// <param name="json">the object</param>
    /// <param name="path">what messages call it</param>
    internal static T Convert<T>(JsonObject json, string path)
        where T : class
    {
        CheckFields(json, Options.GetTypeInfo(typeof(T)), path, "");
        try
        {
            return json.Deserialize<T>(Options) ?? throw new InvalidDataException($"'{path}' holds no settings.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}': the field '{error.Path?.TrimStart('$', '.')}' has a value that it cannot take.", error);
        }
    }

    private static void CheckFields(JsonObject json, JsonTypeInfo type, string path, string prefix)
    {
        foreach (var (name, value) in json)
        {
            var property = type.Properties.FirstOrDefault(p => p.Name == name)
                ?? throw new InvalidDataException(
                    $"'{path}': there is no setting '{prefix}{name}'; known are {string.Join(", ", type.Properties.Select(p => p.Name))}.");
            if (value is JsonObject inner && Options.GetTypeInfo(property.PropertyType) is { Kind: JsonTypeInfoKind.Object } innerType)
            {
                CheckFields(inner, innerType, path, $"{prefix}{name}.");
            }
        }

        foreach (var property in type.Properties)
        {
            if (property.IsRequired && !json.ContainsKey(property.Name))
            {
                throw new InvalidDataException($"'{path}': the needed setting '{prefix}{property.Name}' is missing.");
            }
        }
    }

    private static string FirstSentence(string message) => message.Split(" LineNumber:")[0];
}

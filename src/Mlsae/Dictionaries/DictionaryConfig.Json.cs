using System.Text.Json;
using System.Text.Json.Nodes;
using Mlsae.Storage;

namespace Mlsae.Dictionaries;

public abstract partial record DictionaryConfig
{
    /// <summary>Reads a configuration: either with this record's fields in snake_case, or with the published code's names, which implies <see cref="Compatibility.Published"/>.</summary>
    /// <param name="path">a JSON file</param>
    /// <param name="modelDim">d_model where the file does not say it, as the activations say; null where it must</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A field is missing, unknown or out of range; the message names path and field.</exception>
    public static DictionaryConfig Load(string path, int? modelDim = null) => Parse(ReadObject(path), path, modelDim);

    /// <summary>Writes the configuration as JSON.</summary>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void Save(string path) => JsonFile.Write<DictionaryConfig>(path, this);

    /// <summary>Reads a JSON object, as <see cref="Load"/>.</summary>
    internal static DictionaryConfig Parse(JsonObject json, string path, int? modelDim)
    {
        DictionaryConfig config;
        if (PublishedSettings.IsPublished(json))
        {
            config = PublishedSettings.ReadTraining(json, path);
        }
        else
        {
            var complete = json.DeepClone().AsObject();
            if (modelDim is not null && !complete.ContainsKey("model_dim"))
            {
                complete["model_dim"] = modelDim;
            }

            complete.TryAdd(KindField, "topk");
            ReplaceName(complete, path);
            config = JsonFile.Parse<DictionaryConfig>(JsonSerializer.SerializeToUtf8Bytes(complete), path);
        }

        if (modelDim is not null && config.ModelDim != modelDim)
        {
            throw new InvalidDataException($"'{path}' is for vectors of width {config.ModelDim} but the activations have width {modelDim}.");
        }

        return Checked(config, path);
    }

    /// <summary>Reads a file that must hold one JSON object.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is not JSON, or no object.</exception>
    internal static JsonObject ReadObject(string path) => File.Exists(path)
        ? JsonFile.Parse<JsonObject>(File.ReadAllBytes(path), path)
        : throw new FileNotFoundException($"There is no configuration file '{path}'.", path);

    /// <summary>A preset's name may stand for all switches at once.</summary>
    private static void ReplaceName(JsonObject json, string path)
    {
        if (json["compatibility"] is JsonValue name && name.GetValueKind() == JsonValueKind.String)
        {
            var compatibility = name.GetValue<string>() switch
            {
                "published" => Compatibility.Published,
                "corrected" => Compatibility.Corrected,
                "dictionary-learning" => Compatibility.DictionaryLearning,
                "sparsify" => Compatibility.Sparsify,
                var other => throw new InvalidDataException($"'{path}': compatibility is '{other}'; it can be 'corrected', 'published', 'dictionary-learning', 'sparsify' or an object of switches."),
            };
            json["compatibility"] = JsonSerializer.SerializeToNode(compatibility, JsonFile.SnakeCase);
        }
    }

    /// <summary>The configuration if it is valid, otherwise a complaint about the file it came from.</summary>
    internal static DictionaryConfig Checked(DictionaryConfig config, string path)
    {
        try
        {
            return config.Validated();
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"'{path}': {error.Message}", error);
        }
    }
}

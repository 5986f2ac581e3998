using System.Text.Json;
using System.Text.Json.Nodes;
using Mlsae.Dictionaries;
using Mlsae.Storage;

namespace Mlsae.Training;

/// <summary>A dictionary and its training as one configuration file: <c>{ "dictionary": { ... }, "training": { ... } }</c>.</summary>
public sealed record TrainSettings
{
    /// <summary>What is trained.</summary>
    public required DictionaryConfig Dictionary { get; init; }

    /// <summary>How long, and what is written on the way.</summary>
    public TrainingConfig Training { get; init; } = new();

    /// <summary>Reads such a file, or one that holds a dictionary's settings alone, under this project's names or the published code's.</summary>
    /// <param name="path">a JSON file</param>
    /// <param name="modelDim">d_model where the file does not say it; null where it must</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A field is missing, unknown or out of range; the message names path and field.</exception>
    public static TrainSettings Load(string path, int? modelDim = null)
    {
        var json = DictionaryConfig.ReadObject(path);
        if (json["dictionary"] is not JsonObject dictionary)
        {
            return new TrainSettings { Dictionary = DictionaryConfig.Parse(json, path, modelDim) };
        }

        var config = DictionaryConfig.Parse(dictionary, path, modelDim);
        json["dictionary"] = JsonSerializer.SerializeToNode<DictionaryConfig>(config, JsonFile.SnakeCase);
        var settings = JsonFile.Parse<TrainSettings>(JsonSerializer.SerializeToUtf8Bytes(json), path);
        try
        {
            return settings with { Training = settings.Training.Validated() };
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"'{path}': {error.Message}", error);
        }
    }
}

using Mlsae.Activations;
using Mlsae.Dictionaries;
using Mlsae.Storage;

namespace Mlsae.Training;

/// <summary>What a checkpoint's folder holds: the engine's state, the activations' state, and checkpoint.json.</summary>
internal sealed record TrainingCheckpoint
{
    private const string Summary = "checkpoint.json";
    private const string Engine = "engine.safetensors";
    private const string Stream = "activations.safetensors";

    /// <summary>Steps taken.</summary>
    public required long Step { get; init; }

    /// <summary>Bytes of metrics.jsonl that belong to these steps.</summary>
    public required long MetricsLength { get; init; }

    /// <summary>Seconds of training.</summary>
    public required double Seconds { get; init; }

    /// <summary>Tokens of each step.</summary>
    public required int BatchTokens { get; init; }

    /// <summary>Vectors of each token.</summary>
    public required int LayerCount { get; init; }

    /// <summary>What was trained.</summary>
    public required TopKConfig Dictionary { get; init; }

    /// <summary>Writes everything into a folder.</summary>
    /// <exception cref="NonFiniteException">A parameter holds a NaN or an infinity; nothing was written.</exception>
    /// <exception cref="IOException">A file could not be written.</exception>
    public void Write(string folder, IReadOnlyList<Tensor> engine, IActivationStream activations)
    {
        SafetensorsFile.Write(Path.Combine(folder, Engine), engine);
        SafetensorsFile.Write(Path.Combine(folder, Stream), activations.SaveState());
        JsonFile.Write(Path.Combine(folder, Summary), this);
    }

    /// <summary>Reads checkpoint.json.</summary>
    /// <exception cref="InvalidDataException">It is missing or damaged.</exception>
    public static TrainingCheckpoint Read(string folder) => JsonFile.Read<TrainingCheckpoint>(Path.Combine(folder, Summary));

    /// <summary>Puts engine and activations into the state they had.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is of another configuration, or damaged; the message names what differs.</exception>
    public void Restore(string folder, IDictionaryEngine engine, IActivationStream activations, int batchTokens)
    {
        string trained = Json(Dictionary), wanted = Json(engine.Config);
        if (trained != wanted || LayerCount != engine.LayerCount || BatchTokens != batchTokens)
        {
            throw new InvalidDataException($"'{folder}' was trained with other settings ({Difference(trained, wanted, batchTokens, engine.LayerCount)}); resume with the same ones.");
        }

        using (var state = SafetensorsFile.Open(Path.Combine(folder, Engine)))
        {
            engine.RestoreState(state);
        }

        using (var state = SafetensorsFile.Open(Path.Combine(folder, Stream)))
        {
            activations.RestoreState(state);
        }
    }

    private string Difference(string trained, string wanted, int batchTokens, int layerCount)
    {
        if (BatchTokens != batchTokens)
        {
            return $"batch_tokens {BatchTokens} there, {batchTokens} now";
        }

        if (LayerCount != layerCount)
        {
            return $"{LayerCount} layers there, {layerCount} now";
        }

        var (there, now) = trained.Split('\n').Zip(wanted.Split('\n')).First(lines => lines.First != lines.Second);
        return $"{there.Trim().TrimEnd(',')} there, {now.Trim().TrimEnd(',')} now";
    }

    private static string Json(TopKConfig config) => System.Text.Json.JsonSerializer.Serialize(config, JsonFile.SnakeCase);
}

using Mlsae.Activations;
using Mlsae.Dictionaries;
using Mlsae.Storage;

namespace Mlsae.Training;

/// <summary>What a checkpoint's folder holds: the state of each dictionary's engines, the activations' state, and checkpoint.json.</summary>
internal sealed record TrainingCheckpoint
{
    private const string Summary = "checkpoint.json";
    // No dictionary can be called that: names do not begin with a dot.
    private const string Stream = ".activations.safetensors";

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
    public required IReadOnlyList<DictionaryPlan> Plans { get; init; }

    /// <summary>Writes everything into a folder.</summary>
    /// <exception cref="NonFiniteException">A parameter holds a NaN or an infinity; nothing was written.</exception>
    /// <exception cref="IOException">A file could not be written.</exception>
    public void Write(string folder, IReadOnlyList<(string Name, IReadOnlyList<Tensor> State)> engines, IActivationStream activations)
    {
        foreach (var (name, state) in engines)
        {
            SafetensorsFile.Write(EngineFile(folder, name), state);
        }

        SafetensorsFile.Write(Path.Combine(folder, Stream), activations.SaveState());
        JsonFile.Write(Path.Combine(folder, Summary), this);
    }

    /// <summary>Reads checkpoint.json.</summary>
    /// <exception cref="InvalidDataException">It is missing or damaged.</exception>
    public static TrainingCheckpoint Read(string folder) => JsonFile.Read<TrainingCheckpoint>(Path.Combine(folder, Summary));

    /// <summary>Puts engines and activations into the state they had.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is of another configuration, or damaged; the message names what differs.</exception>
    public void Restore(string folder, IReadOnlyList<LayeredEngine> engines, IActivationStream activations, int batchTokens)
    {
        string trained = Json(Plans), wanted = Json([.. engines.Select(engine => engine.Plan)]);
        if (trained != wanted || LayerCount != activations.LayerCount || BatchTokens != batchTokens)
        {
            throw new InvalidDataException($"'{folder}' was trained with other settings ({Difference(trained, wanted, batchTokens, activations.LayerCount)}); resume with the same ones.");
        }

        foreach (var engine in engines)
        {
            using var state = SafetensorsFile.Open(EngineFile(folder, engine.Plan.Name));
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

    private static string EngineFile(string folder, string name) => Path.Combine(folder, $"{name}.safetensors");

    private static string Json(IReadOnlyList<DictionaryPlan> plans) => System.Text.Json.JsonSerializer.Serialize(plans, JsonFile.SnakeCase);
}

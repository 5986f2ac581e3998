using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mlsae.Dictionaries;

/// <summary>Settings under the names that the published multi-layer SAE code gives them: n_inputs, n_latents, k, auxk, lr, ...</summary>
internal static class PublishedSettings
{
    private static readonly string[] Telling = ["n_inputs", "n_latents", "auxk", "auxk_coef", "dead_steps_threshold", "lr"];

    private static readonly string[] Needed =
        ["n_inputs", "n_latents", "k", "auxk", "auxk_coef", "dead_steps_threshold", "dead_threshold", "standardize", "lr"];

    // What a record of a training says about itself, and nothing here depends on.
    private static readonly string[] Ignored =
        ["steps", "n_layers", "tokens_per_layer", "zero_rows_every", "torch", "peer", "tolerance_guide"];

    private static readonly string[] Optional = ["adam_betas", "adam_eps", "weight_decay", "seed"];

    /// <summary>Whether these are settings under published names.</summary>
    public static bool IsPublished(JsonObject json) => Telling.Any(json.ContainsKey);

    /// <summary>The settings of a training, all of them needed, as a configuration with every published quirk.</summary>
    /// <exception cref="InvalidDataException">A field is missing, unknown or of the wrong type.</exception>
    public static TopKConfig ReadTraining(JsonObject json, string path)
    {
        foreach (string name in Needed)
        {
            if (!json.ContainsKey(name))
            {
                throw new InvalidDataException($"'{path}': the needed setting '{name}' is missing.");
            }
        }

        foreach (var (name, _) in json)
        {
            if (!Needed.Contains(name) && !Optional.Contains(name) && !Ignored.Contains(name))
            {
                throw new InvalidDataException($"'{path}': there is no setting '{name}'; known are {string.Join(", ", Needed.Concat(Optional))}.");
            }
        }

        if (Get(json, path, "weight_decay", 0.0) != 0)
        {
            throw new InvalidDataException($"'{path}': weight_decay must be 0, as the published training has none.");
        }

        return ReadDictionary(json, path) with { Adam = ReadAdam(json, path), AuxKCoefficient = Get(json, path, "auxk_coef", 1.0 / 32), Seed = Get(json, path, "seed", 0UL) };
    }

    /// <summary>The published config.json of a trained dictionary. Fields beside the needed ones may be absent, and others are ignored.</summary>
    /// <exception cref="InvalidDataException">A needed field is missing or of the wrong type.</exception>
    public static TopKConfig ReadDictionary(JsonObject json, string path) => new()
    {
        ModelDim = GetNeeded<int>(json, path, "n_inputs"),
        LatentCount = GetNeeded<int>(json, path, "n_latents"),
        K = GetNeeded<int>(json, path, "k"),
        AuxK = Get(json, path, "auxk", 0),
        DeadAfterSteps = Get(json, path, "dead_steps_threshold", 76L),
        DeadThreshold = Get(json, path, "dead_threshold", 1e-3),
        Standardize = Get(json, path, "standardize", true),
        Compatibility = Compatibility.Published,
    };

    /// <summary>The published config.json of a dictionary.</summary>
    public static JsonObject WriteDictionary(TopKConfig config) => new()
    {
        ["auxk"] = config.AuxK,
        ["dead_steps_threshold"] = config.DeadAfterSteps,
        ["dead_threshold"] = config.DeadThreshold,
        ["k"] = config.K,
        ["n_inputs"] = config.ModelDim,
        ["n_latents"] = config.LatentCount,
        ["standardize"] = config.Standardize,
    };

    private static AdamConfig ReadAdam(JsonObject json, string path)
    {
        double[] betas = Get(json, path, "adam_betas", new[] { 0.9, 0.999 });
        return betas.Length == 2
            ? new AdamConfig { LearningRate = Get(json, path, "lr", 1e-4), Beta1 = betas[0], Beta2 = betas[1], Epsilon = Get(json, path, "adam_eps", 6.25e-10) }
            : throw new InvalidDataException($"'{path}': adam_betas has {betas.Length} numbers where two are needed.");
    }

    private static T GetNeeded<T>(JsonObject json, string path, string name) =>
        TryGet<T>(json, path, name, out var value) && value is not null ? value : throw new InvalidDataException($"'{path}': the needed setting '{name}' is missing.");

    private static T Get<T>(JsonObject json, string path, string name, T fallback) => TryGet<T>(json, path, name, out var value) ? value ?? fallback : fallback;

    private static bool TryGet<T>(JsonObject json, string path, string name, out T? value)
    {
        value = default;
        if (!json.TryGetPropertyValue(name, out var node) || node is null)
        {
            return false;
        }

        try
        {
            value = node.Deserialize<T>();
            return true;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}': the setting '{name}' is {node.ToJsonString()}, which is not a value it can take.", error);
        }
    }
}

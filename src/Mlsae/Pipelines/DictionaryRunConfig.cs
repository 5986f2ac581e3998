using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Pipelines.Comparisons;
using Mlsae.Training;

namespace Mlsae.Pipelines;

/// <summary>Everything that defines a run of dictionary training: what is in run.json. Activations come from a model that reads text, or from files.</summary>
public sealed record DictionaryRunConfig
{
    /// <summary>The model: a folder, or an embedded model's name; null where activations come from files.</summary>
    public string? Model { get; init; }

    /// <summary>The text it reads: "microworld", or a file or folder.</summary>
    public string? Data { get; init; }

    /// <summary>A tokenizer.json where the model's folder has none.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Documents passed over before the first.</summary>
    public long FirstDocument { get; init; }

    /// <summary>Times the text or the files are gone through at most.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Tokens of a context.</summary>
    public int ContextLength { get; init; }

    /// <summary>A file or folder of activations [token, layer, d_model]; null where they come from a model.</summary>
    public string? Activations { get; init; }

    /// <summary>Where vectors are read in the model, in the order of layers, such as "blocks.3.hook_resid_post"; every block's output where empty.</summary>
    public IReadOnlyList<string> Hooks { get; init; } = [];

    /// <summary>Tokens of the shuffle buffer; 0 leaves them in the order of the text, as the published code does.</summary>
    public int ShuffleTokens { get; init; } = 16_384;

    /// <summary>What is trained side by side: one dictionary or several.</summary>
    public required IReadOnlyList<DictionaryPlan> Dictionaries { get; init; }

    /// <summary>What the dictionaries are compared for, once they are trained; null where they are not.</summary>
    public ComparisonConfig? Comparison { get; init; }

    /// <summary>The steps, and what is written on the way.</summary>
    public required TrainingConfig Training { get; init; }

    /// <summary>The seed of what the dictionaries share: the order of the vectors.</summary>
    internal ulong Seed => Dictionaries[0].Dictionary.Seed;

    /// <summary>Whether activations are read as the published code reads them.</summary>
    internal bool IsPublished => Dictionaries.Any(plan => plan.Dictionary.Compatibility == Compatibility.Published);

    /// <summary>The hook points, parsed.</summary>
    /// <exception cref="FormatException">A name is none of a hook point.</exception>
    public IReadOnlyList<HookPoint> HookPoints() => [.. Hooks.Select(HookPoint.Parse)];

    /// <summary>This configuration, checked as far as it can be without model and data.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public DictionaryRunConfig Validated()
    {
        Require.That((Model is null) != (Activations is null), "Give either a model and text, or activations; not both.");
        Require.That(Model is null || Data is not null, "A model needs text to read: give data.");
        Require.That(Model is null || ContextLength > 0, $"context_length is {ContextLength}; it must be at least 1.");
        Require.That(ShuffleTokens is 0 or >= 2, $"shuffle_tokens is {ShuffleTokens}; it must be 0 or at least 2.");
        Require.That(Epochs > 0, $"epochs is {Epochs}; it must be at least 1.");
        Require.That(Dictionaries.Count > 0, "dictionaries is empty; name at least one.");
        foreach (var plan in Dictionaries)
        {
            plan.Validated();
        }

        Training.Validated();
        Comparison?.Validated();
        return this;
    }
}

using Mlsae.Analysis.Toys;
using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Pipelines.Comparisons;
using Mlsae.Training;

namespace Mlsae.Pipelines.Toys;

/// <summary>Dictionaries to train on toy data, all on the same tokens.</summary>
public sealed record ToyExperimentConfig
{
    /// <summary>The data.</summary>
    public required ToyConfig Toy { get; init; }

    /// <summary>The dictionaries.</summary>
    public required IReadOnlyList<DictionaryPlan> Dictionaries { get; init; }

    /// <summary>How often the experiment is done, each time with other features, tokens and initial weights: seeds s, s + 1, ...</summary>
    public int Seeds { get; init; } = 3;

    /// <summary>Tokens of a step.</summary>
    public int BatchTokens { get; init; } = 512;

    /// <summary>Tokens to measure on, which none was trained on.</summary>
    public int EvaluationTokens { get; init; } = 8192;

    /// <summary>Vectors of each token.</summary>
    public int LayerCount => Toy is LayeredToyConfig layered ? layered.LayerCount : 1;

    /// <summary>This record, or an exception with one sentence about the first value that cannot be.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public ToyExperimentConfig Validated()
    {
        Toy.Validated();
        Require.That(Dictionaries.Count > 0, "There is no dictionary to train.");
        Require.That(Dictionaries.DistinctBy(plan => plan.Name).Count() == Dictionaries.Count, "Two dictionaries have one name.");
        Require.That(Seeds > 0, $"The number of seeds is {Seeds}; it must be at least 1.");
        Require.That(BatchTokens >= 2, $"batch_tokens is {BatchTokens}; it must be at least 2.");
        Require.That(EvaluationTokens > 0, $"evaluation_tokens is {EvaluationTokens}; it must be at least 1.");
        foreach (var plan in Dictionaries)
        {
            plan.Validated();
        }

        return this;
    }
}

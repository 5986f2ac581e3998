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

/// <summary>Dictionaries of every kind with settings that suit toy data: raw vectors, a learning rate of 3e-3 that falls to 0 over the last fifth, and sparsity such that L0 comes near k.</summary>
/// <param name="Toy">the data</param>
/// <param name="Latents">n_latents; of baselines that have as many as their method gives it is not asked for</param>
/// <param name="K">latents kept for each vector, where the kind keeps a given number</param>
/// <param name="Tokens">to train on</param>
/// <param name="BatchTokens">of a step</param>
public sealed record ToyPlans(ToyConfig Toy, int Latents, int K, long Tokens, int BatchTokens)
{
    /// <summary>One dictionary of a kind, for data of one layer.</summary>
    /// <exception cref="ArgumentException">There is no such kind.</exception>
    public DictionaryPlan OfKind(string kind) => new() { Name = kind, Dictionary = Config(kind, Latents), TotalTokens = Tokens };

    /// <summary>A kind in an arrangement over layers, with as many latents in all as the others.</summary>
    /// <exception cref="ArgumentException">There is no such kind, or the latents are too few for the layers.</exception>
    public DictionaryPlan InArrangement(Arrangement arrangement, string kind, int layerCount)
    {
        var sizes = new VectorSizes(Toy.ModelDim, layerCount);
        int latents = arrangement == Arrangement.Shared ? Latents : ArmBudget.Equal(Budget.TotalLatents, arrangement, Latents, Tokens, sizes).LatentsPerDictionary;
        return new DictionaryPlan { Name = DictionaryKinds.Hyphenated(arrangement), Arrangement = arrangement, Dictionary = Config(kind, latents), TotalTokens = Tokens };
    }

    private DictionaryConfig Config(string kind, int latents)
    {
        long steps = (Tokens + BatchTokens - 1) / BatchTokens;
        var config = DictionaryKinds.Default(kind, Toy.ModelDim) with
        {
            Standardize = false, DeadAfterTokens = Math.Max(1, Tokens / 20), Adam = new AdamConfig { LearningRate = 3e-3, DecaySteps = steps / 5 },
        };
        return config switch
        {
            SelectionConfig selection => selection with { LatentCount = latents, K = K },
            SparsityConfig sparsity => sparsity with { LatentCount = latents, SparsityWarmUpSteps = steps / 20 },
            BaselineConfig { Method: BaselineMethod.Nmf or BaselineMethod.Random } sized => sized with { LatentCount = latents },
            _ => config,
        };
    }
}

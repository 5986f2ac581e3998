using Mlsae.Analysis.Toys;
using Mlsae.Dictionaries;
using Mlsae.Pipelines.Comparisons;
using Mlsae.Training;

namespace Mlsae.Pipelines.Toys;

/// <summary>Dictionaries of every kind with settings that suit toy data: raw vectors, a learning rate of 3e-3 that falls to 0 over the last fifth, and sparsity such that L0 comes near k = 4.</summary>
public sealed record ToyPlans
{
    /// <summary>Vectors that ICA and NMF are computed from: a hundred for each of the default toy's features.</summary>
    private const int Sample = 12_800;

    /// <summary>The data.</summary>
    public required ToyConfig Toy { get; init; }

    /// <summary>n_latents; in layered data that of all layers together. Baselines that have as many as their method gives are not asked.</summary>
    public required int Latents { get; init; }

    /// <summary>Latents kept for each vector, where the kind keeps a given number.</summary>
    public required int K { get; init; }

    /// <summary>Weight of the sparsity term, where the kind has one; null for what suits the default toy.</summary>
    public double? Sparsity { get; init; }

    /// <summary>Tokens to train on.</summary>
    public required long Tokens { get; init; }

    /// <summary>Tokens of a step.</summary>
    public required int BatchTokens { get; init; }

    /// <summary>One dictionary of a kind, for data of one layer.</summary>
    /// <exception cref="ArgumentException">There is no such kind.</exception>
    public DictionaryPlan OfKind(string kind) => new() { Name = kind, Dictionary = Config(kind, Latents, Tokens), TotalTokens = Tokens };

    /// <summary>A kind in an arrangement over layers, with as much as the shared one.</summary>
    /// <param name="arrangement">over layers</param>
    /// <param name="kind">what is arranged</param>
    /// <param name="budget">of what it has as much</param>
    /// <param name="layerCount">L</param>
    /// <exception cref="ArgumentException">There is no such kind, or the latents are too few for the layers.</exception>
    public DictionaryPlan InArrangement(Arrangement arrangement, string kind, Budget budget, int layerCount)
    {
        var sizes = new VectorSizes(Toy.ModelDim, layerCount);
        var arm = arrangement == Arrangement.Shared ? ArmBudget.Shared(Latents, Tokens, sizes) : ArmBudget.Equal(budget, arrangement, Latents, Tokens, sizes);
        return new DictionaryPlan
        {
            Name = DictionaryKinds.Hyphenated(arrangement), Arrangement = arrangement, Dictionary = Config(kind, arm.LatentsPerDictionary, arm.Tokens), TotalTokens = arm.Tokens,
        };
    }

    private DictionaryConfig Config(string kind, int latents, long tokens)
    {
        long steps = (tokens + BatchTokens - 1) / BatchTokens;
        var config = DictionaryKinds.Default(kind, Toy.ModelDim) with
        {
            Standardize = false, DeadAfterTokens = Math.Max(1, tokens / 20), Adam = new AdamConfig { LearningRate = 3e-3, DecaySteps = steps / 5 },
        };
        // Toy vectors are smaller than standardised ones, and so are their pre-activations.
        config = config is JumpReluConfig jump ? jump with { InitialThreshold = 0.1, Bandwidth = 0.1 } : config;
        return config switch
        {
            SelectionConfig selection => selection with { LatentCount = latents, K = K },
            SparsityConfig sparsity => sparsity with { LatentCount = latents, Sparsity = Sparsity ?? SparsityOf(sparsity), SparsityWarmUpSteps = steps / 20 },
            BaselineConfig { Method: BaselineMethod.Nmf or BaselineMethod.Random } sized => sized with { LatentCount = latents, SampleVectors = Sample },
            BaselineConfig baseline => baseline with { SampleVectors = Sample },
            _ => config,
        };
    }

    /// <summary>Found by trying 0.01, 0.02, 0.03, 0.1, 0.2, 0.3, 0.4 and 1: L0 comes near the 4 features that are active in the default toy.</summary>
    private static double SparsityOf(SparsityConfig config) => config switch
    {
        JumpReluConfig => 0.01,
        TiedReluConfig => 0.2,
        GatedConfig => 0.4,
        _ => 0.3,
    };
}

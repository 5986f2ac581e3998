using System.CommandLine;
using System.CommandLine.Parsing;
using Mlsae.Dictionaries;

namespace Mlsae.Cli.Commands;

/// <summary>The options that say what a dictionary is. Each belongs to some kinds; given where none of them is trained, it is refused, so that nothing is silently ignored.</summary>
internal static class DictionaryOptions
{
    public static readonly Option<string[]> Kinds = new("--kind")
    {
        Description = $"What to train, several side by side: {string.Join(", ", DictionaryKinds.Names)}. [default: topk]",
        AllowMultipleArgumentsPerToken = true,
    };

    public static readonly Option<string[]> Arrangements = new("--arrangement")
    {
        Description = "How latents are arranged over layers, several side by side: shared (one dictionary for all layers), per-layer, crosscoder. [default: shared]",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<int?> Latents = new("--latents") { Description = "Dictionary size, n_latents; per layer that of each layer's." };
    public static readonly Option<int[]> ExpansionFactors = new("--expansion-factor")
    {
        Description = "Dictionary size as a multiple of d_model, several side by side. [default: 16; of baselines what they have]", AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<double?> LearningRate = new("--learning-rate") { Description = "Between warm-up and decay. [default: 1e-4]" };
    private static readonly Option<long?> WarmUp = new("--warm-up-steps") { Description = "Steps over which the learning rate rises. [default: 0]" };
    private static readonly Option<long?> Decay = new("--decay-steps") { Description = "Steps at the end over which it falls. [default: 0]" };
    private static readonly Option<double?> ClipNorm = new("--clip-norm") { Description = "Norm that gradients are scaled down to where theirs is greater. [default: 0, never]" };
    private static readonly Option<ReconstructionLoss?> Loss = new("--loss")
    {
        Description = "The error's loss: fvu (layers weigh the same), mean-squared-error, squared-norm. [default: fvu]",
        CustomParser = result => Named<ReconstructionLoss>(result),
    };

    private static readonly Option<bool> Raw = new("--raw") { Description = "Do not standardise vectors." };
    private static readonly Option<PreBiasStart?> PreBias = new("--pre-bias")
    {
        Description = "Where the pre-bias starts: geometric-median, mean, zero, none. [default: geometric-median; of tied-relu none]",
        CustomParser = result => Named<PreBiasStart>(result),
    };

    private static readonly Option<long?> DeadAfter = new("--dead-after-tokens") { Description = "Tokens without being active after which a latent is dead. [default: 10,000,000]" };
    private static readonly Option<double?> DeadThreshold = new("--dead-threshold") { Description = "A latent is active above this value. [default: 1e-3]" };
    private static readonly Option<ulong?> Seed = new("--seed") { Description = "Of initial weights and shuffling. [default: 0]" };
    private static readonly Option<bool> Published = new("--published") { Description = "topk: reproduce the published code's quirks." };
    private static readonly Option<int?> K = new("--k") { Description = "topk, batchtopk, matryoshka, pca-topk, ica-topk: latents kept for each vector. [default: 32]" };
    private static readonly Option<int?> InitialK = new("--initial-k") { Description = "topk, batchtopk, matryoshka: k at the first step, where it is annealed." };
    private static readonly Option<long?> AnnealK = new("--anneal-k-steps") { Description = "The same: steps over which k falls from there. [default: 0]" };
    private static readonly Option<int?> AuxK = new("--aux-k") { Description = "The same: dead latents that reconstruct the error; 0 for none. [default: half of d_model]" };
    private static readonly Option<double?> Sparsity = new("--sparsity") { Description = "relu, tied-relu, jumprelu, gated: weight of the sparsity term." };
    private static readonly Option<long?> SparsityWarmUp = new("--sparsity-warm-up-steps") { Description = "The same: steps over which it rises from 0. [default: 0]" };
    private static readonly Option<double?> InitialBias = new("--initial-bias") { Description = "The same: the encoder bias at first; below zero codes begin sparse. [default: what suits the kind on standardised vectors, 0 on raw ones]" };
    private static readonly Option<double?> Bandwidth = new("--bandwidth") { Description = "jumprelu: width around a threshold in which it has a gradient." };
    private static readonly Option<double?> InitialThreshold = new("--initial-threshold") { Description = "jumprelu: every threshold at first." };
    private static readonly Option<int?> Sample = new("--sample-vectors") { Description = "ica, nmf: vectors they are computed from." };
    private static readonly Option<long[]> ResampleAt = new("--resample-at") { Description = "Steps after which dead latents are given a new start, as in Towards Monosemanticity.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<long?> ResampleWindow = new("--resample-window") { Description = "With it: steps without being active after which a latent is dead. [default: 12,500]" };
    private static readonly Option<int?> ResampleInputs = new("--resample-inputs") { Description = "With it: vectors whose losses are measured. [default: 819,200]" };

    /// <summary>Which kinds an option is for, where not for all.</summary>
    private static readonly (Option Option, Func<DictionaryConfig, bool> IsFor)[] Scopes =
    [
        (Published, c => c is TopKConfig),
        (K, TakesK),
        (InitialK, c => c is SelectionConfig), (AnnealK, c => c is SelectionConfig), (AuxK, c => c is SelectionConfig),
        (Sparsity, c => c is SparsityConfig), (SparsityWarmUp, c => c is SparsityConfig), (InitialBias, c => c is SparsityConfig), (Bandwidth, c => c is JumpReluConfig), (InitialThreshold, c => c is JumpReluConfig),
        (Sample, c => c is BaselineConfig), (LearningRate, IsTrained), (WarmUp, IsTrained), (Decay, IsTrained), (ClipNorm, IsTrained), (Loss, IsTrained),
        (Raw, IsTrained), (PreBias, IsTrained), (DeadAfter, IsTrained), (DeadThreshold, IsTrained), (ResampleAt, IsTrained), (ResampleWindow, IsTrained), (ResampleInputs, IsTrained),
    ];

    public static IEnumerable<Option> All =>
    [
        Kinds, Arrangements, Latents, ExpansionFactors, K, InitialK, AnnealK, AuxK, Sparsity, SparsityWarmUp, InitialBias, Bandwidth, InitialThreshold, Sample, LearningRate, WarmUp, Decay, ClipNorm, Loss, Raw, PreBias,
        DeadAfter, DeadThreshold, ResampleAt, ResampleWindow, ResampleInputs, Published, Seed,
    ];

    /// <summary>Refuses an option that none of some dictionaries is for.</summary>
    /// <exception cref="UsageException">There is one; the message names it and what is trained.</exception>
    public static void CheckScopes(ParseResult parsed, IReadOnlyList<DictionaryConfig> configs)
    {
        foreach (var (option, isFor) in Scopes)
        {
            if (parsed.GetResult(option) is { Implicit: false } && !configs.Any(isFor))
            {
                throw new UsageException($"{option.Name} is not for {string.Join(", ", configs.Select(c => c.Kind).Distinct())}. ({option.Description})");
            }
        }

        if (parsed.GetValue(Latents) is not null && parsed.GetValue(ExpansionFactors) is { Length: > 0 })
        {
            throw new UsageException("Give --latents or --expansion-factor, not both.");
        }

        if (parsed.GetValue(ResampleAt) is not { Length: > 0 } && (parsed.GetValue(ResampleWindow) ?? parsed.GetValue(ResampleInputs)) is not null)
        {
            throw new UsageException("--resample-window and --resample-inputs go with --resample-at.");
        }
    }

    /// <summary>A configuration with the options that are for its kind.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public static DictionaryConfig Apply(ParseResult parsed, DictionaryConfig config)
    {
        config = WithSizes(parsed, config) with { Seed = parsed.GetValue(Seed) ?? config.Seed };
        config = config switch
        {
            SelectionConfig selection => WithSelection(parsed, selection),
            SparsityConfig sparsity => WithSparsity(parsed, sparsity),
            BaselineConfig baseline => baseline with { SampleVectors = parsed.GetValue(Sample) ?? baseline.SampleVectors, K = (TakesK(baseline) ? parsed.GetValue(K) : null) ?? baseline.K },
            _ => config,
        };
        return (IsTrained(config) ? WithTraining(parsed, config) : config).Validated();
    }

    /// <summary>A dictionary of another size; baselines whose method gives their size keep it.</summary>
    public static DictionaryConfig WithExpansion(DictionaryConfig config, int factor) =>
        config is BaselineConfig { Method: not (BaselineMethod.Nmf or BaselineMethod.Random) } ? config : config with { ExpansionFactor = factor, LatentCount = 0 };

    private static bool TakesK(DictionaryConfig config) => config is SelectionConfig or BaselineConfig { K: not null };

    private static bool IsTrained(DictionaryConfig config) => config is not BaselineConfig;

    private static DictionaryConfig WithSizes(ParseResult parsed, DictionaryConfig config)
    {
        // Other baselines have as many latents as their method gives.
        if (config is BaselineConfig { Method: not (BaselineMethod.Nmf or BaselineMethod.Random) })
        {
            return config;
        }

        return parsed.GetValue(Latents) is { } latents ? config with { ExpansionFactor = null, LatentCount = latents } : config;
    }

    private static SelectionConfig WithSelection(ParseResult parsed, SelectionConfig config) => config with
    {
        K = parsed.GetValue(K) ?? config.K,
        InitialK = parsed.GetValue(InitialK) ?? config.InitialK,
        AnnealKSteps = parsed.GetValue(AnnealK) ?? config.AnnealKSteps,
        AuxK = parsed.GetValue(AuxK) ?? Math.Min(config.AuxK, Math.Max(0, config.LatentCount)),
        Compatibility = parsed.GetValue(Published) && config is TopKConfig ? Compatibility.Published : config.Compatibility,
    };

    private static SparsityConfig WithSparsity(ParseResult parsed, SparsityConfig config)
    {
        config = config with
        {
            Sparsity = parsed.GetValue(Sparsity) ?? config.Sparsity,
            SparsityWarmUpSteps = parsed.GetValue(SparsityWarmUp) ?? config.SparsityWarmUpSteps,
        };
        config = parsed.GetValue(InitialBias) is { } bias ? config with { InitialBias = bias } : config;
        return config is JumpReluConfig jump
            ? jump with { Bandwidth = parsed.GetValue(Bandwidth) ?? jump.Bandwidth, InitialThreshold = parsed.GetValue(InitialThreshold) ?? jump.InitialThreshold }
            : config;
    }

    private static DictionaryConfig WithTraining(ParseResult parsed, DictionaryConfig config) => config with
    {
        Adam = config.Adam with
        {
            LearningRate = parsed.GetValue(LearningRate) ?? config.Adam.LearningRate,
            WarmUpSteps = parsed.GetValue(WarmUp) ?? config.Adam.WarmUpSteps,
            DecaySteps = parsed.GetValue(Decay) ?? config.Adam.DecaySteps,
        },
        ClipNorm = parsed.GetValue(ClipNorm) ?? config.ClipNorm,
        Loss = parsed.GetValue(Loss) ?? config.Loss,
        Standardize = config.Standardize && !parsed.GetValue(Raw),
        PreBias = parsed.GetValue(PreBias) ?? config.PreBias,
        DeadAfterTokens = parsed.GetValue(DeadAfter) ?? config.DeadAfterTokens,
        DeadThreshold = parsed.GetValue(DeadThreshold) ?? config.DeadThreshold,
        Resampling = parsed.GetValue(ResampleAt) is { Length: > 0 } steps ? WithResampling(parsed, config.Resampling ?? new ResamplingConfig(), steps) : config.Resampling,
    };

    private static ResamplingConfig WithResampling(ParseResult parsed, ResamplingConfig config, long[] steps) => config with
    {
        AtSteps = steps,
        DeadOverSteps = parsed.GetValue(ResampleWindow) ?? config.DeadOverSteps,
        Inputs = parsed.GetValue(ResampleInputs) ?? config.Inputs,
    };

    /// <summary>A value by its name in lower case with hyphens.</summary>
    private static T? Named<T>(ArgumentResult result)
        where T : struct, Enum
    {
        string given = result.Tokens[0].Value;
        foreach (var value in Enum.GetValues<T>())
        {
            if (DictionaryKinds.Hyphenated(value) == given)
            {
                return value;
            }
        }

        result.AddError($"'{given}' is none of {string.Join(", ", Enum.GetValues<T>().Select(DictionaryKinds.Hyphenated))}.");
        return null;
    }
}

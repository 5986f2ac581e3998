using Mlsae.Numerics;

namespace Mlsae.Pipelines.Analyses;

/// <summary>What analyses of a run look at.</summary>
public sealed record AnalysisSettings
{
    /// <summary>The prompt that Lawson et al. 2024 show, an indirect-object sentence.</summary>
    public const string DefaultPrompt = "When Mary and John went to the store, John gave a drink to";

    /// <summary>Held-out text; null for the Microworld's where the run was trained on that.</summary>
    public string? Data { get; init; }

    /// <summary>Contexts of it, at most.</summary>
    public int Sequences { get; init; } = 128;

    /// <summary>Of everything that is random: the bootstrap, shuffles, draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether codes are taken and counted as the published code does: before ReLU, every value that TopK kept.</summary>
    public bool Published { get; init; }

    /// <summary>Shuffles of the layers for null distributions.</summary>
    public int Permutations { get; init; } = 100;

    /// <summary>Latents whose examples are collected; empty for those that tell concepts best, or the strongest.</summary>
    public IReadOnlyList<int> Latents { get; init; } = [];

    /// <summary>What prompt-heatmap looks at.</summary>
    public string Prompt { get; init; } = DefaultPrompt;

    /// <summary>Documents of the Microworld that concepts are scored on, every other one to choose units.</summary>
    public int ConceptContexts { get; init; } = 256;

    /// <summary>ioi-patching: prompt pairs on which features are put in order and measured; as many others are held out.</summary>
    public int Pairs { get; init; } = 50;

    /// <summary>ioi-patching: pairs on which orders of features are compared with the published elimination.</summary>
    public int OrderPairs { get; init; } = 8;

    /// <summary>ioi-patching: tokens that the dictionaries to compare with are trained on; null for as many as the run's own.</summary>
    public long? CompanionTokens { get; init; }

    /// <summary>These settings, checked.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public AnalysisSettings Validated()
    {
        Require.That(Sequences > 0, $"sequences is {Sequences}; it must be at least 1.");
        Require.That(Permutations >= 0, $"permutations is {Permutations}; it must not be negative.");
        Require.That(ConceptContexts > 1, $"concept_contexts is {ConceptContexts}; it must be at least 2: some choose units, others measure them.");
        Require.That(Latents.All(latent => latent >= 0) && Latents.Distinct().Count() == Latents.Count, "latents must be 0 or greater, and each be named once.");
        Require.That(Pairs > 1, $"pairs is {Pairs}; it must be at least 2, as intervals are over them.");
        Require.That(OrderPairs > 0 && OrderPairs <= Pairs, $"order_pairs is {OrderPairs}; it must lie between 1 and pairs, {Pairs}.");
        Require.That(CompanionTokens is null or > 0, $"companion_tokens is {CompanionTokens}; it must be at least 1.");
        Require.That(Prompt.Length > 0, "prompt is empty; give a text.");
        return this;
    }
}

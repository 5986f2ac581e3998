using Mlsae.Analysis.Facts;
using Mlsae.Numerics;

namespace Mlsae.Pipelines.Analyses;

/// <summary>What analyses of a run look at.</summary>
public sealed record AnalysisSettings
{
    /// <summary>The prompt that Lawson et al. 2024 show, an indirect-object sentence.</summary>
    public const string DefaultPrompt = "When Mary and John went to the store, John gave a drink to";

    /// <summary>What Bricken et al. 2023 begin pinned samples with.</summary>
    public const string DefaultSteeringPrompt = "1,2,3,4,5,6,7,8,9,10";

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

    /// <summary>Latents that are looked at one by one; empty for those that tell concepts or facts best, or the strongest.</summary>
    public IReadOnlyList<int> Latents { get; init; } = [];

    /// <summary>Facts whose best latents logit-effects, causal-tree and steering look at, by their names in <see cref="TextFacts.Names"/>; empty for theirs by default.</summary>
    public IReadOnlyList<string> Facts { get; init; } = [];

    /// <summary>What steered texts begin with.</summary>
    public string SteeringPrompt { get; init; } = DefaultSteeringPrompt;

    /// <summary>What prompt-heatmap looks at.</summary>
    public string Prompt { get; init; } = DefaultPrompt;

    /// <summary>Documents of the Microworld that concepts are scored on, every other one to choose units.</summary>
    public int ConceptContexts { get; init; } = 256;

    /// <summary>These settings, checked.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public AnalysisSettings Validated()
    {
        Require.That(Sequences > 0, $"sequences is {Sequences}; it must be at least 1.");
        Require.That(Permutations >= 0, $"permutations is {Permutations}; it must not be negative.");
        Require.That(ConceptContexts > 1, $"concept_contexts is {ConceptContexts}; it must be at least 2: some choose units, others measure them.");
        Require.That(Latents.All(latent => latent >= 0) && Latents.Distinct().Count() == Latents.Count, "latents must be 0 or greater, and each be named once.");
        Require.That(Facts.Distinct().Count() == Facts.Count && Facts.All(fact => TextFacts.Find(fact) >= 0), "facts must each be named once.");
        Require.That(Latents.Count == 0 || Facts.Count == 0, "latents and facts are both named; name the one or the other.");
        Require.That(SteeringPrompt.Length > 0, "steering_prompt is empty; give a text.");
        Require.That(Prompt.Length > 0, "prompt is empty; give a text.");
        return this;
    }
}

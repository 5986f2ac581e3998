using Mlsae.Analysis.Causal;
using Mlsae.Analysis.Facts;
using Mlsae.Analysis.Interpretation;
using Mlsae.Analysis.Patching;
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

    /// <summary>
    /// Whether the published code's ways are taken over. For codes: they are taken and counted before ReLU, every value that TopK kept. For autointerp-baselines: the model reads a fragment alone, instead of after the
    /// end-of-text token that it knows texts to begin with; fragments that a unit was explained by may come again among the random ones that it is scored on; the last place of a document is never drawn.
    /// </summary>
    public bool Published { get; init; }

    /// <summary>Draws for null distributions: shuffles of the layers, and each kind of chance of token-chains.</summary>
    public int Permutations { get; init; } = 100;

    /// <summary>Latents that are looked at one by one; empty for those that tell concepts, a token or facts best, or the strongest.</summary>
    public IReadOnlyList<int> Latents { get; init; } = [];

    /// <summary>Facts whose best latents logit-effects, causal-tree and steering look at, by their names in <see cref="TextFacts.Names"/>; empty for theirs by default.</summary>
    public IReadOnlyList<string> Facts { get; init; } = [];

    /// <summary>How steering writes text.</summary>
    public SteeringConfig Steering { get; init; } = new();

    /// <summary>The token that token-histogram looks for latents by; null for the apostrophe's.</summary>
    public string? Token { get; init; }

    /// <summary>Contexts, at most, of what is about rare latents or rare kinds of text, and needs more of it than other questions do.</summary>
    public int RareSequences { get; init; } = 512;

    /// <summary>What a dictionary is compared with where there is a choice: another of the run's dictionaries, or the folder of another run; null for what suits.</summary>
    public string? Other { get; init; }

    /// <summary>What prompt-heatmap looks at.</summary>
    public string Prompt { get; init; } = DefaultPrompt;

    /// <summary>Documents of the Microworld that concepts are scored on, every other one to choose units.</summary>
    public int ConceptContexts { get; init; } = 256;

    /// <summary>On what ioi-patching patches features, and beside what.</summary>
    public PatchingConfig Patching { get; init; } = new();

    /// <summary>What autointerp-baselines explains, on how much text.</summary>
    public InterpretationConfig Interpretation { get; init; } = new();

    /// <summary>These settings, checked.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public AnalysisSettings Validated()
    {
        Require.That(Sequences > 0, $"sequences is {Sequences}; it must be at least 1.");
        Require.That(RareSequences > 0, $"rare_sequences is {RareSequences}; it must be at least 1.");
        Require.That(Token is null or { Length: > 0 }, "token is empty; give the text of one token.");
        Require.That(Permutations >= 0, $"permutations is {Permutations}; it must not be negative.");
        Require.That(ConceptContexts > 1, $"concept_contexts is {ConceptContexts}; it must be at least 2: some choose units, others measure them.");
        Require.That(Latents.All(latent => latent >= 0) && Latents.Distinct().Count() == Latents.Count, "latents must be 0 or greater, and each be named once.");
        Require.That(Facts.Distinct().Count() == Facts.Count && Facts.All(fact => TextFacts.Find(fact) >= 0), "facts must each be named once.");
        Require.That(Latents.Count == 0 || Facts.Count == 0, "latents and facts are both named; name the one or the other.");
        Require.That(Prompt.Length > 0, "prompt is empty; give a text.");
        Steering.Validated();
        Patching.Validated();
        Interpretation.Validated();
        return this;
    }
}

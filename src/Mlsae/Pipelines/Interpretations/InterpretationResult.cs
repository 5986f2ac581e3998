using Mlsae.Analysis.Interpretation;
using Mlsae.Metrics;

namespace Mlsae.Pipelines.Interpretations;

/// <summary>The scores of the units of a dictionary at one layer, or at all.</summary>
/// <param name="Layer">from 0; null for all layers together</param>
/// <param name="Units">units that were looked at</param>
/// <param name="Skipped">of these, such as vary in too few fragments</param>
/// <param name="Unanswered">of these, such as got no usable answer</param>
/// <param name="Constant">of the scored ones, such whose simulation is the same on all tokens, so that they score 0</param>
/// <param name="TopRandom">mean top-random score; null where no unit is scored, as below</param>
/// <param name="Top">mean top-only score</param>
/// <param name="Random">mean random-only score</param>
public sealed record LayerScores(int? Layer, int Units, int Skipped, int Unanswered, int Constant, ScoreSummary? TopRandom, ScoreSummary? Top, ScoreSummary? Random)
{
    /// <summary>The mean of one of the scores.</summary>
    public ScoreSummary? Of(ScoreKind kind) => kind switch
    {
        ScoreKind.TopRandom => TopRandom,
        ScoreKind.Top => Top,
        _ => Random,
    };

    /// <summary>Summarises units.</summary>
    internal static LayerScores Of(int? layer, IReadOnlyList<InterpretedUnit> units, ulong seed) => new(
        layer, units.Count, units.Count(unit => unit.Outcome == InterpretationOutcome.Skipped), units.Count(unit => unit.Outcome == InterpretationOutcome.Unanswered),
        units.Count(unit => unit.Scores is { IsConstant: true }), ScoreSummary.Of(units, ScoreKind.TopRandom, seed), ScoreSummary.Of(units, ScoreKind.Top, seed), ScoreSummary.Of(units, ScoreKind.Random, seed));
}

/// <summary>The scores of a dictionary's units.</summary>
/// <param name="Name">the dictionary's, or that of what is compared with it</param>
/// <param name="Description">what it is</param>
/// <param name="Layers">[L] at each layer</param>
/// <param name="Overall">at all layers together</param>
public sealed record DictionaryScores(string Name, string Description, IReadOnlyList<LayerScores> Layers, LayerScores Overall);

/// <summary>How much higher the run's dictionary scores than something else, at all layers together: mean over its units less mean over the other's.</summary>
/// <param name="Name">the other</param>
/// <param name="TopRandom">null where one has no scored unit, as below</param>
/// <param name="Top">of top-only scores</param>
/// <param name="Random">of random-only scores</param>
public sealed record ScoreAdvantage(string Name, Estimate? TopRandom, Estimate? Top, Estimate? Random);

/// <summary>What a language model behind an endpoint was asked for an interpretation.</summary>
/// <param name="Endpoint">its address</param>
/// <param name="InputTokens">of all questions whose answers are used, also of those from an earlier call</param>
/// <param name="OutputTokens">of these answers</param>
/// <param name="Cost">at the prices that were given; null without prices</param>
public sealed record EndpointUse(string Endpoint, long InputTokens, long OutputTokens, double? Cost);

/// <summary>How well the units of a run's dictionary can be explained, beside what they are compared with: Cunningham et al. 2023, figures 2 and 9 and Table 2.</summary>
public sealed record InterpretationResult
{
    /// <summary>Name and version of the scores' definition.</summary>
    public string Definition { get; init; } = UnitScores.Definition;

    /// <summary>Name and version of the correlations' definition.</summary>
    public string MomentsDefinition { get; init; } = MomentCorrelations.Definition;

    /// <summary>Who explained.</summary>
    public required string Explainer { get; init; }

    /// <summary>Who simulated.</summary>
    public required string Simulator { get; init; }

    /// <summary>What the endpoint was asked; null where there was none.</summary>
    public EndpointUse? Endpoint { get; init; }

    /// <summary>What was looked at.</summary>
    public required InterpretationConfig Config { get; init; }

    /// <summary>Whether as the published code does.</summary>
    public bool Published { get; init; }

    /// <summary>Fragments of 64 tokens.</summary>
    public required int Fragments { get; init; }

    /// <summary>Documents without one.</summary>
    public required PassedOverDocuments PassedOver { get; init; }

    /// <summary>Seed of fragments, random records, baselines and the bootstrap.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Where the layers are.</summary>
    public required IReadOnlyList<string> Hooks { get; init; }

    /// <summary>Units that were to be explained; fewer are in the scores where a cap on spend ended the work.</summary>
    public required int PlannedUnits { get; init; }

    /// <summary>Fragments simulated.</summary>
    public required int Simulations { get; init; }

    /// <summary>Of these, such whose values are expected ones over the probabilities of the answers 0 .. 10; the others are the answers themselves.</summary>
    public required int SimulationsFromProbabilities { get; init; }

    /// <summary>The run's dictionary first, then what it is compared with.</summary>
    public required IReadOnlyList<DictionaryScores> Dictionaries { get; init; }

    /// <summary>The run's dictionary against each of the others.</summary>
    public required IReadOnlyList<ScoreAdvantage> Advantages { get; init; }

    /// <summary>Scores against moments, of the run's dictionary: for each kind of score.</summary>
    public required IReadOnlyList<MomentCorrelations> Moments { get; init; }

    /// <summary>Units in the scores.</summary>
    public int Units => Dictionaries.Sum(dictionary => dictionary.Overall.Units);

    /// <summary>Whether all planned units are in the scores.</summary>
    public bool IsComplete => Units == PlannedUnits;

    /// <summary>Whether rules explained and simulated, and no language model.</summary>
    public bool IsOfRules => Endpoint is null;
}

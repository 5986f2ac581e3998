using Mlsae.Analysis.Interpretation;
using Mlsae.Pipelines.Analyses;

namespace Mlsae.Pipelines.Interpretations;

/// <summary>From units to means, differences and correlations.</summary>
internal static class InterpretationSummary
{
    /// <summary>Summarises interpreted units; who interpreted is left open.</summary>
    public static InterpretationResult Of(HarvestedUnits harvested, IReadOnlyList<InterpretedUnit> units, AnalysisSettings settings)
    {
        var byDictionary = units.ToLookup(unit => unit.Unit.Dictionary);
        string own = harvested.Dictionaries[0].Name;
        return new InterpretationResult
        {
            Explainer = "",
            Simulator = "",
            Config = settings.Interpretation,
            Published = settings.Published,
            Fragments = harvested.Fragments.Count,
            PassedOver = harvested.PassedOver,
            Seed = settings.Seed,
            Hooks = harvested.Hooks,
            PlannedUnits = harvested.InTurns().Count,
            Simulations = 0,
            SimulationsFromProbabilities = 0,
            Dictionaries = [.. harvested.Dictionaries.Select(dictionary => Scores(dictionary, [.. byDictionary[dictionary.Name]], settings.Seed))],
            Advantages = [.. harvested.Dictionaries.Skip(1).Select(other => Advantage(other.Name, [.. byDictionary[own]], [.. byDictionary[other.Name]], settings.Seed))],
            Moments = [.. Enum.GetValues<ScoreKind>().Select(kind => MomentCorrelations.Of(byDictionary[own], kind, settings.Seed))],
        };
    }

    private static DictionaryScores Scores(HarvestedDictionary dictionary, InterpretedUnit[] units, ulong seed) => new(
        dictionary.Name, dictionary.Description,
        [.. dictionary.Layers.Select((_, layer) => LayerScores.Of(layer, [.. units.Where(unit => unit.Unit.Layer == layer)], seed))],
        LayerScores.Of(null, units, seed));

    private static ScoreAdvantage Advantage(string name, InterpretedUnit[] own, InterpretedUnit[] other, ulong seed) => new(
        name, ScoreSummary.Difference(own, other, ScoreKind.TopRandom, seed), ScoreSummary.Difference(own, other, ScoreKind.Top, seed), ScoreSummary.Difference(own, other, ScoreKind.Random, seed));
}

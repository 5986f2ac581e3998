using Mlsae.Analysis.Interpretation;
using Mlsae.Endpoints;
using Mlsae.Pipelines.Analyses;

namespace Mlsae.Pipelines.Interpretations;

/// <summary>What a unit was explained and scored by.</summary>
/// <param name="Explanation">[5] what the explainer saw</param>
/// <param name="Scored">[10] what it is scored on, the top ones first</param>
/// <param name="Simulated">[10][64] the simulation of these</param>
public sealed record SimulatedRecords(IReadOnlyList<FragmentRecord> Explanation, IReadOnlyList<FragmentRecord> Scored, IReadOnlyList<double[]> Simulated)
{
    /// <summary>Those of a unit's splits.</summary>
    internal static SimulatedRecords Of(RecordSplits splits, IReadOnlyList<double[]> simulated) => new(splits.Explanation, splits.Scored, simulated);

    /// <summary>The scores that follow from them.</summary>
    public UnitScores Scores() => UnitScores.Of(new RecordSplits(Explanation, [.. Scored.Take(RecordSplits.PerSplit)], [.. Scored.Skip(RecordSplits.PerSplit)]), Simulated);
}

/// <summary>All that was found: the numbers, and for each unit what it was explained and scored by.</summary>
/// <param name="Result">means, differences, correlations</param>
/// <param name="Units">each unit</param>
/// <param name="Records">of each unit that is scored its records with the simulation, in the order of <paramref name="Units"/></param>
public sealed record InterpretationFindings(InterpretationResult Result, IReadOnlyList<InterpretedUnit> Units, IReadOnlyList<SimulatedRecords> Records);

/// <summary>Explains and scores units that were gathered.</summary>
public static class UnitInterpreter
{
    /// <summary>Interprets all units, those of all dictionaries and layers in turns.</summary>
    /// <param name="harvested">the units</param>
    /// <param name="interpreter">explains and simulates</param>
    /// <param name="settings">what was looked at</param>
    /// <param name="progress">told the share of the units done</param>
    /// <param name="cancellation">ends the work</param>
    /// <returns>what was found; where the interpreter reached a cap on spend, of the units that were done until then</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="IOException">An endpoint cannot be used; the message says why.</exception>
    public static async Task<InterpretationFindings> InterpretAsync(
        HarvestedUnits harvested, Interpreter interpreter, AnalysisSettings settings, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var units = harvested.InTurns();
        var done = await InterpretEachAsync(units, interpreter, progress, cancellation);
        var found = units.Zip(done).Where(pair => pair.Second is not null).ToDictionary(pair => pair.First.Unit, pair => (Of: pair.First, Interpretation: pair.Second!));

        // In the order of dictionaries, layers and units again.
        var ordered = harvested.Dictionaries.SelectMany(dictionary => dictionary.Layers).SelectMany(layer => layer).Where(unit => found.ContainsKey(unit.Unit)).Select(unit => found[unit.Unit]).ToArray();
        InterpretedUnit[] interpreted = [.. ordered.Select(one => new InterpretedUnit(
            one.Of.Unit, one.Of.FragmentsWithVariation, one.Of.Moments, one.Interpretation.Outcome, one.Interpretation.Explanation, one.Interpretation.Scores))];
        SimulatedRecords[] records = [.. ordered.Where(one => one.Interpretation.Scores is not null).Select(one => SimulatedRecords.Of(RecordSplits.Of(one.Of.Record!), one.Interpretation.Simulated))];
        var result = InterpretationSummary.Of(harvested, interpreted, settings) with
        {
            Explainer = interpreter.Explainer.Name,
            Simulator = interpreter.Simulator.Name,
            Simulations = ordered.Sum(one => one.Interpretation.Simulated.Count),
            SimulationsFromProbabilities = ordered.Sum(one => one.Interpretation.FromProbabilities),
        };
        return new InterpretationFindings(result, interpreted, records);
    }

    /// <summary>[units] null for those that were not begun, or not finished, when a cap on spend was reached.</summary>
    private static async Task<UnitInterpretation?[]> InterpretEachAsync(IReadOnlyList<HarvestedUnit> units, Interpreter interpreter, IProgress<double>? progress, CancellationToken cancellation)
    {
        var done = new UnitInterpretation?[units.Count];
        int count = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = interpreter.Concurrency, CancellationToken = cancellation };
        await Parallel.ForAsync(0, units.Count, options, async (i, stop) =>
        {
            try
            {
                done[i] = await interpreter.InterpretAsync(units[i].Record is { } record ? RecordSplits.Of(record) : null, stop);
            }
            catch (SpendLimitException)
            {
                // Others may still be done without spending, as all their answers are known.
            }

            lock (done)
            {
                progress?.Report((double)++count / units.Count);
            }
        });
        return done;
    }
}

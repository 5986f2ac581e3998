using Mlsae.Analysis.Interpretation.Rules;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Interpretation;

/// <summary>What became of a unit.</summary>
public enum InterpretationOutcome
{
    /// <summary>It was explained and scored.</summary>
    Scored,

    /// <summary>It varies in too few fragments.</summary>
    Skipped,

    /// <summary>The explainer or the simulator gave no usable answer.</summary>
    Unanswered,
}

/// <summary>A unit explained and scored.</summary>
/// <param name="Outcome">whether it was</param>
/// <param name="Explanation">in the explainer's words; of a unit that is not scored, why not</param>
/// <param name="Scores">null where it is not scored</param>
/// <param name="Simulated">[10][64] on the fragments that score, the top ones first; none where it is not scored</param>
/// <param name="FromProbabilities">on how many of these the values are expected ones over probabilities</param>
public sealed record UnitInterpretation(InterpretationOutcome Outcome, string Explanation, UnitScores? Scores, IReadOnlyList<double[]> Simulated, int FromProbabilities);

/// <summary>An explainer and a simulator: the first sees the fragments that explain and no others, the second sees its explanation and the text of those that score, and no activation at all.</summary>
/// <param name="Explainer">explains</param>
/// <param name="Simulator">simulates</param>
public sealed record Interpreter(IExplainer Explainer, ISimulator Simulator)
{
    /// <summary>Rules, without a language model.</summary>
    public static Interpreter OfRules => new(new RuleExplainer(), new RuleSimulator()) { Concurrency = Workers.Count };

    /// <summary>How many units are worked on at once.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Explains and scores a unit.</summary>
    /// <param name="splits">its records; null where it varies in too few fragments</param>
    /// <param name="cancellation">ends the work</param>
    public async Task<UnitInterpretation> InterpretAsync(RecordSplits? splits, CancellationToken cancellation)
    {
        if (splits is null)
        {
            return Without(InterpretationOutcome.Skipped, $"varies in fewer than {UnitRecorder.TopCount} fragments");
        }

        try
        {
            string explanation = await Explainer.ExplainAsync(ActivationScale.Scaled(splits.Explanation), cancellation);
            var simulations = new List<Simulation>();
            foreach (var record in splits.Scored)
            {
                simulations.Add(await Simulator.SimulateAsync(explanation, record.Fragment, cancellation));
            }

            double[][] simulated = [.. simulations.Select(simulation => simulation.Values)];
            return new UnitInterpretation(InterpretationOutcome.Scored, explanation, UnitScores.Of(splits, simulated), simulated, simulations.Count(simulation => simulation.FromProbabilities));
        }
        catch (UnansweredException problem)
        {
            return Without(InterpretationOutcome.Unanswered, problem.Message);
        }
    }

    private static UnitInterpretation Without(InterpretationOutcome outcome, string why) => new(outcome, why, null, [], 0);
}

namespace Mlsae.Analysis.Interpretation;

/// <summary>A unit with what became of it.</summary>
/// <param name="Unit">which</param>
/// <param name="FragmentsWithVariation">fragments in which its activation is not the same on all tokens</param>
/// <param name="Moments">of its values on all tokens of all fragments</param>
/// <param name="Outcome">whether it was scored</param>
/// <param name="Explanation">in the explainer's words; of a unit that is not scored, why not</param>
/// <param name="Scores">null where it is not scored</param>
public sealed record InterpretedUnit(
    UnitAddress Unit, int FragmentsWithVariation, LatentMoments Moments, InterpretationOutcome Outcome, string Explanation, UnitScores? Scores);

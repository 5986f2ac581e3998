using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis;

/// <summary>How well the best unit tells where one concept is true.</summary>
/// <param name="Concept">the concept's name</param>
/// <param name="Layer">the unit's layer; null where it is a latent's greatest activation over all layers</param>
/// <param name="Unit">which latent or neuron</param>
/// <param name="Threshold">The unit says 'true' where its activation is at least that.</param>
/// <param name="F1Selection">F1 on the half on which unit and threshold were chosen</param>
/// <param name="F1">F1 on the other half: 2·precision·recall / (precision + recall); 0 where nothing is found</param>
/// <param name="Precision">share of the tokens where the unit says 'true' of which the concept is true; 0 where it never does</param>
/// <param name="Recall">share of the tokens of which the concept is true where the unit says so</param>
/// <param name="Positives">tokens of the test half of which the concept is true</param>
public sealed record ConceptScore(
    string Concept, int? Layer, int Unit, float Threshold, double F1Selection, double F1, double Precision, double Recall, int Positives);

/// <summary>A concept that happens too seldom to be scored.</summary>
/// <param name="Concept">the concept's name</param>
/// <param name="PositivesInSelection">tokens of the selection half of which it is true</param>
/// <param name="PositivesInTest">tokens of the test half of which it is true</param>
public sealed record ExcludedConcept(string Concept, int PositivesInSelection, int PositivesInTest);

/// <summary>
/// For each concept the F1 of the unit that tells it best: unit and threshold are those of the highest F1 on the tokens for selection, every threshold tried, and the F1
/// reported is that on the other tokens. So a unit that was only lucky in the choice shows it.
/// </summary>
/// <param name="Definition">name and version of this metric</param>
/// <param name="SelectionTokens">tokens on which units and thresholds were chosen</param>
/// <param name="TestTokens">tokens on which F1 was measured</param>
/// <param name="UnitCount">units from which the best were chosen</param>
/// <param name="Scores">the scored concepts, in the order of <see cref="Concepts.All"/></param>
/// <param name="Excluded">the concepts with fewer positive tokens than <see cref="FewestPositives"/> in either half</param>
/// <param name="ShareAbove90">share of the scored concepts with F1 of at least 0.9, interval over concepts</param>
/// <param name="MeanF1">mean F1 of the scored concepts, interval over concepts</param>
public sealed record ConceptScores(
    string Definition, int SelectionTokens, int TestTokens, int UnitCount, IReadOnlyList<ConceptScore> Scores, IReadOnlyList<ExcludedConcept> Excluded,
    Estimate ShareAbove90, Estimate MeanF1)
{
    /// <summary>Positive tokens that a concept must have in each half.</summary>
    public const int FewestPositives = 30;

    private const double HighF1 = 0.9;

    /// <summary>Scores units on tokens.</summary>
    /// <param name="units">their activations, a token for each of <paramref name="tokens"/></param>
    /// <param name="tokens">the tokens and their concepts</param>
    /// <param name="seed">of the bootstrap</param>
    /// <exception cref="ArgumentException">There is another number of tokens, or no unit.</exception>
    public static ConceptScores Measure(IUnitActivations units, ConceptTokens tokens, ulong seed = 0)
    {
        Require.Equal(units.TokenCount, tokens.TokenCount);
        Require.That(units.UnitCount > 0, "Concepts cannot be scored without units.");
        var scored = Concepts.All.Where(c => Math.Min(tokens.PositivesInSelection[c.Id], tokens.PositivesInTest[c.Id]) >= FewestPositives).ToArray();
        var best = ConceptDetector.Best(units, tokens);
        var scores = new ConceptScore[scored.Length];
        Workers.For(scored.Length, i => scores[i] = Test(units, tokens, scored[i], best[scored[i].Id]));
        var summary = Bootstrap.Estimates(scores.Length, seed, drawn =>
            [drawn.Select(i => scores[i].F1 >= HighF1 ? 1.0 : 0).DefaultIfEmpty().Average(), drawn.Select(i => scores[i].F1).DefaultIfEmpty().Average()]);
        var excluded = Concepts.All.Except(scored).Select(c => new ExcludedConcept(c.Name, tokens.PositivesInSelection[c.Id], tokens.PositivesInTest[c.Id]));
        return new ConceptScores(
            "concept_f1/1", tokens.SelectionCount, tokens.TestCount, units.UnitCount, scores, [.. excluded], summary[0], summary[1]);
    }

    private static ConceptScore Test(IUnitActivations units, ConceptTokens tokens, Concept concept, ConceptDetector detector)
    {
        var active = new int[units.TokenCount];
        var values = new float[units.TokenCount];
        int count = units.Read(detector.Unit, active, values), said = 0, right = 0;
        for (int i = 0; i < count; i++)
        {
            if (values[i] >= detector.Threshold && tokens.IsTest(active[i]))
            {
                said++;
                right += tokens[active[i]].Contains(concept) ? 1 : 0;
            }
        }

        int positives = tokens.PositivesInTest[concept.Id];
        var (layer, unit) = units.NameOf(detector.Unit);
        return new ConceptScore(
            concept.Name, layer, unit, detector.Threshold, detector.F1, 2.0 * right / (said + positives), said == 0 ? 0 : (double)right / said,
            (double)right / positives, positives);
    }
}

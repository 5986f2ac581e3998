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

/// <summary>How many concepts single units tell, and how much of a unit's activation one concept accounts for.</summary>
/// <param name="ShareAbove90">share of the scored concepts with F1 of at least 0.9, interval over concepts</param>
/// <param name="ShareAbove70">the same with at least 0.7</param>
/// <param name="ShareAbove50">the same with at least 0.5</param>
/// <param name="MeanF1">mean F1 of the scored concepts, interval over concepts</param>
/// <param name="Monosemanticity"><see cref="Analysis.Monosemanticity"/>, interval over units</param>
public sealed record ConceptCoverage(Estimate ShareAbove90, Estimate ShareAbove70, Estimate ShareAbove50, Estimate MeanF1, Estimate Monosemanticity)
{
    private static readonly double[] Bounds = [0.9, 0.7, 0.5];

    /// <summary>Summarises F1 scores.</summary>
    /// <param name="f1">of each concept</param>
    /// <param name="monosemanticity">of the units</param>
    /// <param name="seed">of the bootstrap</param>
    public static ConceptCoverage Of(double[] f1, Estimate monosemanticity, ulong seed)
    {
        var summary = Bootstrap.Estimates(f1.Length, seed, drawn =>
            [.. Bounds.Select(bound => drawn.Select(i => f1[i] >= bound ? 1.0 : 0).DefaultIfEmpty().Average()), drawn.Select(i => f1[i]).DefaultIfEmpty().Average()]);
        return new ConceptCoverage(summary[0], summary[1], summary[2], summary[3], monosemanticity);
    }
}

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
/// <param name="Overall">the best of all units for each concept</param>
/// <param name="Layers">[L] for each layer the best of its own units for each concept; units over all layers take no part</param>
public sealed record ConceptScores(
    string Definition, int SelectionTokens, int TestTokens, int UnitCount, IReadOnlyList<ConceptScore> Scores, IReadOnlyList<ExcludedConcept> Excluded,
    ConceptCoverage Overall, IReadOnlyList<ConceptCoverage> Layers)
{
    /// <summary>Positive tokens that a concept must have in each half.</summary>
    public const int FewestPositives = 30;

    /// <summary>Name and version of <see cref="ConceptCoverage.Monosemanticity"/>.</summary>
    public string MonosemanticityDefinition { get; init; } = Monosemanticity.Definition;

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
        var detectors = ConceptDetector.Best(units, tokens, scored.Aggregate(new ConceptSet(), (set, concept) => set.With(concept)));
        var monosemanticity = Monosemanticity.Measure(units, tokens, detectors.BestConcepts, seed);
        var scores = Test(units, tokens, scored, detectors.Overall);
        var layers = detectors.ByLayer.Where(layer => layer.Key != ConceptDetectors.AnyLayer).OrderBy(layer => layer.Key).Select(layer => ConceptCoverage.Of(
            [.. Test(units, tokens, scored, layer.Value).Select(score => score.F1)], monosemanticity.ByLayer[layer.Key], seed));
        var excluded = Concepts.All.Except(scored).Select(c => new ExcludedConcept(c.Name, tokens.PositivesInSelection[c.Id], tokens.PositivesInTest[c.Id]));
        return new ConceptScores(
            "concept_f1/1", tokens.SelectionCount, tokens.TestCount, units.UnitCount, scores, [.. excluded],
            ConceptCoverage.Of([.. scores.Select(score => score.F1)], monosemanticity.Overall, seed), [.. layers]);
    }

    private static ConceptScore[] Test(IUnitActivations units, ConceptTokens tokens, Concept[] scored, ConceptDetector[] detectors)
    {
        var scores = new ConceptScore[scored.Length];
        Workers.For(scored.Length, i => scores[i] = Test(units, tokens, scored[i], detectors[scored[i].Id]));
        return scores;
    }

    private static ConceptScore Test(IUnitActivations units, ConceptTokens tokens, Concept concept, ConceptDetector detector)
    {
        var active = new int[units.TokenCount];
        var values = new float[units.TokenCount];

        // Where no unit is active on a token with the concept, none was chosen, and nothing is found.
        int count = detector.F1 == 0 ? 0 : units.Read(detector.Unit, active, values);
        int said = 0, right = 0;
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

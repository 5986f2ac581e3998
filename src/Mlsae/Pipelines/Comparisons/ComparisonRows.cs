using Mlsae.Metrics;

namespace Mlsae.Pipelines.Comparisons;

/// <summary>The rows of one arm against the multi-layer dictionary.</summary>
/// <param name="mlsae">the multi-layer dictionary</param>
/// <param name="other">the other arm</param>
/// <param name="familySize">verdicts given together</param>
/// <param name="seed">of the bootstrap</param>
internal sealed class ComparisonRows(ArmMeasurements mlsae, ArmMeasurements other, int familySize, ulong seed)
{
    private int Seeds => mlsae.Sequences.Count;

    private int Places => mlsae.LayerCount + 1;

    /// <summary>Verdicts for one arm: FVU, ΔCE and KL at every place, dead latents of all layers, and two of concepts at every place.</summary>
    public static int VerdictCount(int layers, bool concepts) =>
        ComparedMetric.OfSequences.Count(entry => entry.Metric.LowerIsBetter is not null) * (layers + 1) + 1 + (concepts ? 2 * (layers + 1) : 0);

    public IEnumerable<ComparisonRow> All() => [.. OfSequences(), .. OfDeadLatents(), .. OfConcepts()];

    private IEnumerable<ComparisonRow> OfSequences() => AtEveryPlace(
        [.. ComparedMetric.OfSequences.Select(entry => entry.Metric)], mlsae.Sequences[0].Count, mlsae.OfSequences, other.OfSequences);

    private IEnumerable<ComparisonRow> OfConcepts() => mlsae.ConceptF1.Count == 0
        ? []
        : AtEveryPlace([ComparedMetric.ConceptShare, ComparedMetric.ConceptF1], mlsae.ConceptF1[0][0].Length, mlsae.OfConcepts, other.OfConcepts);

    /// <summary>Metrics of units that both arms share, at every place.</summary>
    private IEnumerable<ComparisonRow> AtEveryPlace(
        ComparedMetric[] metrics, int units, Func<int, int[], double[]> first, Func<int, int[], double[]> second)
    {
        var estimates = PairedBootstrap.Estimates(Design(units, null), first, second);
        int[] all = [.. Enumerable.Range(0, units)];
        double[][] firsts = [.. Enumerable.Range(0, Seeds).Select(s => first(s, all))], seconds = [.. Enumerable.Range(0, Seeds).Select(s => second(s, all))];
        return estimates.Select((estimate, i) => Row(
            metrics[i / Places], i % Places, estimate, [.. firsts.Select(values => values[i])], [.. seconds.Select(values => values[i])]));
    }

    private IEnumerable<ComparisonRow> OfDeadLatents() => Enumerable.Range(0, Places).Select(place => Row(
        ComparedMetric.Dead,
        place,
        PairedBootstrap.Estimates(
            Design(mlsae.LatentsAt(place), other.LatentsAt(place)),
            (s, units) => mlsae.DeadAt(place, s, units),
            (s, units) => other.DeadAt(place, s, units))[0],
        [.. mlsae.Dead.Select(dead => dead[place])],
        [.. other.Dead.Select(dead => dead[place])]));

    private PairedDesign Design(int units, int? unitsOfSecond) =>
        new() { Seeds = Seeds, Units = units, UnitsOfSecond = unitsOfSecond, FamilySize = familySize, Seed = seed };

    private ComparisonRow Row(ComparedMetric metric, int place, PairedEstimate estimate, double[] firsts, double[] seconds)
    {
        bool? lowerIsBetter = metric == ComparedMetric.Dead && place > 0 ? null : metric.LowerIsBetter;
        return new ComparisonRow
        {
            Against = other.Budget.Name,
            Metric = metric.Name,
            Layer = place == 0 ? null : place - 1,
            Mlsae = estimate.First,
            Other = estimate.Second,
            Difference = estimate.Difference,
            Family = estimate.Family,
            MlsaeBySeed = firsts,
            OtherBySeed = seconds,
            Verdict = lowerIsBetter is { } lower ? Verdicts.Of(estimate.Difference, lower) : null,
            FamilyVerdict = lowerIsBetter is { } familyLower ? Verdicts.Of(estimate.Family, familyLower) : null,
        };
    }
}

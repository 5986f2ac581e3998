using Mlsae.Metrics;

namespace Mlsae.Pipelines.Comparisons;

/// <summary>A metric that arms are compared by.</summary>
/// <param name="Name">its name in result files</param>
/// <param name="Title">what tables and figures call it</param>
/// <param name="Unit">such as "nats/token"; "1" for a ratio</param>
/// <param name="Definition">name, version and formula</param>
/// <param name="LowerIsBetter">null where neither is: the metric is then a check, with no verdict</param>
/// <param name="Units">what is drawn with replacement, besides seeds</param>
public sealed record ComparedMetric(string Name, string Title, string Unit, string Definition, bool? LowerIsBetter, string Units)
{
    private const string Sequences = "sequences";

    private const string Concepts = "concepts";

    /// <summary>Those that are computed from the sums of each sequence, at each layer and as the mean over layers.</summary>
    internal static IReadOnlyList<(ComparedMetric Metric, Func<LayerSums, double> Of)> OfSequences { get; } =
    [
        Of("fvu", "FVU", true), Of("delta_ce", "ΔCE", true), Of("kl", "KL", true), Of("l0", "L0", null),
    ];

    /// <summary>Share of dead latents. At a layer no verdict is given: a multi-layer dictionary's latents that live at other layers are not active there.</summary>
    internal static ComparedMetric Dead { get; } = new(
        DeadLatents.Name, "dead latents", "1", $"{DeadLatents.Definition}; drawn with replacement are seeds, the same for both arms, and each arm's own latents", true, "latents");

    /// <summary>Share of concepts that a latent tells with F1 of at least 0.9.</summary>
    internal static ComparedMetric ConceptShare { get; } = new(
        "concept_share", "concepts with F1 ≥ 0.9", "1", $"concept_share/1: share of concepts with F1 of at least 0.9; {ConceptUnits}", false, Concepts);

    /// <summary>Mean F1 over concepts.</summary>
    internal static ComparedMetric ConceptF1 { get; } = new(
        "concept_f1", "mean concept F1", "1", $"concept_f1/1: mean over concepts of F1; {ConceptUnits}", false, Concepts);

    /// <summary>All of them, in the order of tables.</summary>
    public static IReadOnlyList<ComparedMetric> All { get; } = [.. OfSequences.Select(entry => entry.Metric), Dead, ConceptShare, ConceptF1];

    /// <summary>The metric of a name.</summary>
    public static ComparedMetric Named(string name) => All.First(metric => metric.Name == name);

    private const string ConceptUnits =
        "F1 of the latent that tells a concept best, chosen with its threshold on other contexts (at a layer: of that layer's latents; overall: of all layers' and of their maxima "
        + "over layers); drawn with replacement are seeds and concepts, the same for both arms";

    private static (ComparedMetric, Func<LayerSums, double>) Of(string name, string title, bool? lowerIsBetter)
    {
        var metric = LayerMetrics.All.First(metric => metric.Name == name);
        return (new ComparedMetric(name, title, metric.Unit, metric.Definition, lowerIsBetter, Sequences), metric.Of);
    }
}

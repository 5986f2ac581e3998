using System.Globalization;
using Mlsae.Metrics;

namespace Mlsae.Pipelines.Comparisons;

/// <summary>One metric at one layer, or over all: both arms, their difference, and what it says.</summary>
public sealed record ComparisonRow
{
    /// <summary>The arm that the multi-layer dictionary is compared with.</summary>
    public required string Against { get; init; }

    /// <summary>The metric's name; see <see cref="ComparedMetric.Named"/>.</summary>
    public required string Metric { get; init; }

    /// <summary>The layer, from 0; null for all: the mean over layers, or for dead latents and concepts what is so at any layer.</summary>
    public required int? Layer { get; init; }

    /// <summary>The multi-layer dictionary, mean over seeds. n is the number of units.</summary>
    public required Estimate Mlsae { get; init; }

    /// <summary>The other arm, mean over seeds.</summary>
    public required Estimate Other { get; init; }

    /// <summary>The other arm less the multi-layer dictionary, with the 95 % interval of the paired bootstrap.</summary>
    public required Estimate Difference { get; init; }

    /// <summary>The difference with an interval at 1 − 0.05/m, m being <see cref="ComparisonResult.FamilySize"/>.</summary>
    public required Estimate Family { get; init; }

    /// <summary>The multi-layer dictionary's value of each seed.</summary>
    public required IReadOnlyList<double> MlsaeBySeed { get; init; }

    /// <summary>The other arm's value of each seed.</summary>
    public required IReadOnlyList<double> OtherBySeed { get; init; }

    /// <summary>The verdict by the interval of this row alone; null where the row is a check.</summary>
    public required Verdict? Verdict { get; init; }

    /// <summary>The verdict by the family's interval; null where the row is a check.</summary>
    public required Verdict? FamilyVerdict { get; init; }
}

/// <summary>How the directions of both arms meet at one layer, means over seeds.</summary>
/// <param name="Layer">the layer of the per-layer dictionary</param>
/// <param name="MeanMaxCosine">mean over its live and dead latents of the largest cosine with a direction of the multi-layer dictionary; n is the number of seeds</param>
/// <param name="ShareOfBestMatches">share of the multi-layer dictionary's latents whose nearest direction among all per-layer dictionaries is this layer's</param>
public sealed record LayerMatch(int Layer, double MeanMaxCosine, double ShareOfBestMatches);

/// <summary>What was found at one k and number of latents.</summary>
/// <param name="Point">k and n</param>
/// <param name="Arms">what each arm was given; the multi-layer dictionary first</param>
/// <param name="Rows">by arm, metric and layer, all layers first</param>
/// <param name="Matches">by layer</param>
public sealed record PointComparison(ComparisonPoint Point, IReadOnlyList<ArmBudget> Arms, IReadOnlyList<ComparisonRow> Rows, IReadOnlyList<LayerMatch> Matches)
{
    private const double EqualL0Within = 0.02;

    /// <summary>A sentence where the arms' measured L0 differ by more than 2 %, so that the verdicts are not at equal L0; null where they do not.</summary>
    /// <param name="against">the other arm's name</param>
    public string? UnequalL0(string against) =>
        Row(against, "l0", null) is { } row && !(Math.Abs(row.Difference.Mean) <= EqualL0Within * row.Mlsae.Mean)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"The measured L0 is {row.Mlsae.Mean:0.##} for mlsae and {row.Other.Mean:0.##} for {against} (k = {Point.K}): these verdicts are not at equal L0.")
            : null;

    /// <summary>A row.</summary>
    /// <param name="against">the other arm's name</param>
    /// <param name="metric">the metric's name</param>
    /// <param name="layer">the layer; null for all</param>
    public ComparisonRow? Row(string against, string metric, int? layer) =>
        Rows.FirstOrDefault(row => row.Against == against && row.Metric == metric && row.Layer == layer);
}

/// <summary>What a comparison found, with all that is needed to repeat it. The file analysis/comparison/comparison.json.</summary>
public sealed record ComparisonResult
{
    /// <summary>Name and version of this kind of result.</summary>
    public string Definition { get; init; } =
        "comparison/1: differences are the other arm less the multi-layer dictionary, means over seeds; intervals are percentiles of 10,000 resamples, each of which draws seeds, the same "
        + "for both arms, and units with replacement";

    /// <summary>What is equal.</summary>
    public required Budget Budget { get; init; }

    /// <summary>The kind of every dictionary, such as "topk".</summary>
    public required string Kind { get; init; }

    /// <summary>L.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Seeds of the initial weights.</summary>
    public required int Seeds { get; init; }

    /// <summary>Tokens that were evaluated on; special tokens are left out.</summary>
    public required long Tokens { get; init; }

    /// <summary>Sequences that were evaluated on.</summary>
    public required int Sequences { get; init; }

    /// <summary>Tokens in a sequence.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Cross-entropy of the untouched model on them, nats per predicted token.</summary>
    public required double ModelCrossEntropy { get; init; }

    /// <summary>Seed of the bootstrap.</summary>
    public required ulong BootstrapSeed { get; init; }

    /// <summary>Verdicts that are given together, m: the family's interval of each is at 1 − 0.05/m.</summary>
    public required int FamilySize { get; init; }

    /// <summary>Name, version and formula of each metric.</summary>
    public IReadOnlyDictionary<string, string> MetricDefinitions { get; init; } = ComparedMetric.All.ToDictionary(metric => metric.Name, metric => metric.Definition);

    /// <summary>One, or those of a sweep.</summary>
    public required IReadOnlyList<PointComparison> Points { get; init; }
}

using Mlsae.Metrics;

namespace Mlsae.Analysis;

/// <summary>What is known of some latents: those of one layer, or all of them over all layers.</summary>
/// <param name="Sums">how often and how strongly they were active</param>
/// <param name="Geometry">where their directions lie</param>
public sealed record LatentTable(LatentSums Sums, DirectionGeometry Geometry);

/// <summary>A mean over latents. A new metric is a formula and an entry in <see cref="LatentMetrics"/>.</summary>
/// <param name="Name">its name in result files, in snake_case</param>
/// <param name="Definition">name, version and formula, as result files carry them</param>
/// <param name="Unit">such as "latents"; "1" for a ratio</param>
/// <param name="Of">the value of one latent; NaN leaves it out</param>
public sealed record LatentMetric(string Name, string Definition, string Unit, Func<LatentTable, int, double> Of)
{
    /// <summary>Whether latents that never fired are left out.</summary>
    public bool FiredOnly { get; init; }

    /// <summary>The weight of a latent; 1 for all where null.</summary>
    public Func<LatentTable, int, double>? Weight { get; init; }
}

/// <summary>The metrics of single latents, as means over latents.</summary>
public static class LatentMetrics
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<LatentMetric> All { get; } =
    [
        new(DeadLatents.Name, DeadLatents.Definition, "1", (table, latent) => Share(DeadLatents.NeverActive(table.Sums, latent))),
        new("dead_fraction_bricken", DeadLatents.NeverFiredDefinition, "1", (table, latent) => Share(DeadLatents.NeverFired(table.Sums, latent))),
        new("dead_fraction_mlsae", DeadLatents.SelectedDefinition, "1", (table, latent) => Share(DeadLatents.SeldomSelected(table.Sums, latent))),
        new("alive_fraction", FeatureDensity.AliveDefinition, "1", (table, latent) => Share(FeatureDensity.IsAlive(table.Sums, latent))),
        new("density", FeatureDensity.Definition, "1", (table, latent) => table.Sums.Density(latent)) { FiredOnly = true },
        Over(1), Over(10), NormalizedOver(1), NormalizedOver(10),
        new("mmcs", DirectionGeometry.MaxCosineDefinition, "1", (table, latent) => table.Geometry.MaxCosine[latent]),
        new("capacity", Capacity.Definition, "dimensions", (table, latent) => table.Geometry.Capacity[latent]),
        new("neurons_per_feature", NeuronsPerFeature.Definition, "dimensions", (table, latent) => table.Geometry.NeuronsPerFeature[latent]),
        Moment("moment_mean", LatentMoments.MeanDefinition, "latent value", moments => moments.Mean),
        Moment("moment_variance", LatentMoments.VarianceDefinition, "latent value²", moments => moments.Variance),
        Moment("moment_skew", LatentMoments.SkewDefinition, "1", moments => moments.Skew),
        Moment("moment_kurtosis", LatentMoments.KurtosisDefinition, "1", moments => moments.Kurtosis),
    ];

    private static LatentMetric Over(int percent) => new(
        $"freq_over_{percent}_percent", FeatureDensity.OverDefinition(percent), "1", (table, latent) => FeatureDensity.IsOver(table.Sums, latent, percent));

    private static LatentMetric NormalizedOver(int percent) => Over(percent) with
    {
        Name = $"normalized_freq_over_{percent}_percent",
        Definition = FeatureDensity.NormalizedOverDefinition(percent),
        FiredOnly = true,
        Weight = (table, latent) => table.Sums.Density(latent),
    };

    private static LatentMetric Moment(string name, string definition, string unit, Func<LatentMoments, double> of) =>
        new(name, definition, unit, (table, latent) => of(LatentMoments.Of(table.Sums, latent))) { FiredOnly = true };

    private static double Share(bool holds) => holds ? 1 : 0;
}

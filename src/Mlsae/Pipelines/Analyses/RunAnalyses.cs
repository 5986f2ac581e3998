using Mlsae.Numerics;

namespace Mlsae.Pipelines.Analyses;

/// <summary>All analyses of a run's dictionary.</summary>
public static class RunAnalyses
{
    /// <inheritdoc cref="LatentLayersAnalysis"/>
    public static LatentLayersAnalysis LatentLayers { get; } = new();

    /// <inheritdoc cref="LayerVarianceAnalysis"/>
    public static LayerVarianceAnalysis LayerVariance { get; } = new();

    /// <inheritdoc cref="ResidualNormsAnalysis"/>
    public static ResidualNormsAnalysis ResidualNorms { get; } = new();

    /// <inheritdoc cref="AdjacentCosineAnalysis"/>
    public static AdjacentCosineAnalysis AdjacentCosine { get; } = new();

    /// <inheritdoc cref="FeatureDensityAnalysis"/>
    public static FeatureDensityAnalysis FeatureDensity { get; } = new();

    /// <inheritdoc cref="DecoderGeometryAnalysis"/>
    public static DecoderGeometryAnalysis DecoderGeometry { get; } = new();

    /// <inheritdoc cref="ConceptsAnalysis"/>
    public static ConceptsAnalysis Concepts { get; } = new();

    /// <inheritdoc cref="LatentExamplesAnalysis"/>
    public static LatentExamplesAnalysis LatentExamples { get; } = new();

    /// <inheritdoc cref="PromptHeatmapAnalysis"/>
    public static PromptHeatmapAnalysis PromptHeatmap { get; } = new();

    /// <inheritdoc cref="LogitEffectsAnalysis"/>
    public static LogitEffectsAnalysis LogitEffects { get; } = new();

    /// <inheritdoc cref="CausalTreeAnalysis"/>
    public static CausalTreeAnalysis CausalTree { get; } = new();

    /// <inheritdoc cref="SteeringAnalysis"/>
    public static SteeringAnalysis Steering { get; } = new();

    /// <summary>All of them, in the order in which they are made where all are asked for.</summary>
    public static IReadOnlyList<RunAnalysis> All { get; } =
        [LatentLayers, LayerVariance, FeatureDensity, ResidualNorms, AdjacentCosine, DecoderGeometry, Concepts, LatentExamples, PromptHeatmap, LogitEffects, CausalTree, Steering];

    /// <summary>An analysis by its name.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists them.</exception>
    public static RunAnalysis Named(string name)
    {
        var found = All.FirstOrDefault(analysis => analysis.Name == name);
        Require.That(found is not null, $"There is no analysis '{name}'; there are {string.Join(", ", All.Select(analysis => analysis.Name))}, and all.");
        return found;
    }
}

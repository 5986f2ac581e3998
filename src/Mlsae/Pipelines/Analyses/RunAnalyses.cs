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

    /// <inheritdoc cref="AutointerpBaselinesAnalysis"/>
    public static AutointerpBaselinesAnalysis AutointerpBaselines { get; } = new();

    /// <inheritdoc cref="IoiPatchingAnalysis"/>
    public static IoiPatchingAnalysis IoiPatching { get; } = new();

    /// <inheritdoc cref="TokenHistogramAnalysis"/>
    public static TokenHistogramAnalysis TokenHistogram { get; } = new();

    /// <inheritdoc cref="SpecificityAnalysis"/>
    public static SpecificityAnalysis Specificity { get; } = new();

    /// <inheritdoc cref="TokenChainsAnalysis"/>
    public static TokenChainsAnalysis TokenChains { get; } = new();

    /// <inheritdoc cref="FeatureSplittingAnalysis"/>
    public static FeatureSplittingAnalysis FeatureSplitting { get; } = new();

    /// <inheritdoc cref="UniversalityAnalysis"/>
    public static UniversalityAnalysis Universality { get; } = new();

    /// <summary>All that one dictionary is enough for, in the order in which they are made where all are asked for.</summary>
    public static IReadOnlyList<RunAnalysis> All { get; } =
        [LatentLayers, LayerVariance, FeatureDensity, ResidualNorms, AdjacentCosine, DecoderGeometry, Concepts, LatentExamples, PromptHeatmap, TokenHistogram, Specificity, LogitEffects, CausalTree, Steering, TokenChains, AutointerpBaselines, IoiPatching];

    /// <summary>Those that take seconds each: what the demo makes.</summary>
    public static IReadOnlyList<RunAnalysis> Quick { get; } = [.. All.Where(analysis => !analysis.TakesLong)];

    /// <summary>Those that compare a dictionary with another: of a larger size, or of another model.</summary>
    public static IReadOnlyList<RunAnalysis> OfPairs { get; } = [FeatureSplitting, Universality];

    /// <summary>Every analysis there is.</summary>
    public static IReadOnlyList<RunAnalysis> Known { get; } = [.. All, .. OfPairs];

    /// <summary>An analysis by its name.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists them.</exception>
    public static RunAnalysis Named(string name)
    {
        var found = Known.FirstOrDefault(analysis => analysis.Name == name);
        Require.That(found is not null, $"There is no analysis '{name}'; there are {string.Join(", ", Known.Select(analysis => analysis.Name))}, and all.");
        return found;
    }
}

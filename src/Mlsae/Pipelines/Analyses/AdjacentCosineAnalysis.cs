using Mlsae.Analysis;
using Mlsae.Metrics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>adjacent-cosine: how alike the vectors of a token are at two layers. Centred by the means that residual-norms found, so the text is read twice.</summary>
public sealed class AdjacentCosineAnalysis : RunAnalysis<LayerSimilarityResult>
{
    private const string FileName = "adjacent-cosine.json";

    /// <inheritdoc/>
    public override string Name => "adjacent-cosine";

    /// <inheritdoc/>
    public override string Question => "How alike are the vectors of neighbouring layers?";

    internal override IReadOnlyList<RunAnalysis> Needs => [RunAnalyses.ResidualNorms];

    /// <inheritdoc/>
    public override string? Hindrance(TrainedRun run) =>
        base.Hindrance(run) ?? (run.HookPoints.Count > 1 ? null : $"'{run.Folder.Path}' has one layer; layers are compared with each other.");

    /// <inheritdoc/>
    public override LayerSimilarityResult Read(string folder) => JsonFile.Read<LayerSimilarityResult>(Path.Combine(folder, FileName));

    internal override ITextSums Sums(TrainedRun run, AnalysisSettings settings) => new LayerSimilarity(RunAnalyses.ResidualNorms.Read(run).MeanVectors());

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation) =>
        JsonFile.Write(In(run, FileName), ((LayerSimilarity)sums!).Result(settings.Seed));
}

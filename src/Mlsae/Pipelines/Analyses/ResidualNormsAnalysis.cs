using Mlsae.Analysis;
using Mlsae.Metrics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>residual-norms: norms of the vectors at each layer, and the dimensions that vary far more than the others.</summary>
public sealed class ResidualNormsAnalysis : RunAnalysis<ResidualStatistics>
{
    private const string FileName = "residual-norms.json";

    /// <inheritdoc/>
    public override string Name => "residual-norms";

    /// <inheritdoc/>
    public override string Question => "How large are the vectors of each layer, and which few dimensions dominate their variance?";

    /// <inheritdoc/>
    public override ResidualStatistics Read(string folder) => JsonFile.Read<ResidualStatistics>(Path.Combine(folder, FileName));

    internal override ITextSums Sums(TrainedRun run, AnalysisSettings settings) => new ResidualMoments(run.HookPoints.Count, run.Dictionary.ModelDim);

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation) =>
        JsonFile.Write(In(run, FileName), ((ResidualMoments)sums!).Result(settings.Seed));
}

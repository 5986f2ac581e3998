using Mlsae.Analysis;
using Mlsae.Metrics;

namespace Mlsae.Pipelines.Analyses;

/// <summary>feature-density: how often latents fire, and how their values spread.</summary>
public sealed class FeatureDensityAnalysis : RunAnalysis<LatentStatistics>
{
    /// <inheritdoc/>
    public override string Name => "feature-density";

    /// <inheritdoc/>
    public override string Question => "How often do latents fire, and which never or hardly ever do?";

    /// <inheritdoc/>
    public override LatentStatistics Read(string folder) => LatentStatisticsFile.Read(folder);

    /// <summary>Writes a summary and what it was made of.</summary>
    public void Write(TrainedRun run, AnalysisSettings settings, LatentStatistics statistics, DictionaryLatentSums sums)
    {
        LatentStatisticsFile.Write(run.AnalysisPath(Name), statistics, sums);
        MarkDone(run, settings);
    }

    internal override ITextSums Sums(TrainedRun run, AnalysisSettings settings) => new DictionaryLatentSums(run.Dictionary);

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation)
    {
        var own = (DictionaryLatentSums)sums!;
        LatentStatisticsFile.Write(run.AnalysisPath(Name), LatentStatistics.Of(own, run.Dictionary, run.HookPoints, settings.Seed), own);
    }
}

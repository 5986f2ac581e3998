using Mlsae.Analysis;
using Mlsae.Metrics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>latent-layers: the distribution of each latent's activations over the layers.</summary>
public sealed class LatentLayersAnalysis : RunAnalysis<LayerDistributions>
{
    private const string SummaryFileName = "layers.json";

    /// <inheritdoc/>
    public override string Name => "latent-layers";

    /// <inheritdoc/>
    public override string Question => "Which latents live in one layer, and which persist over several?";

    /// <inheritdoc/>
    public override LayerDistributions Read(string folder) => LayerDistributionsFile.Read(Path.Combine(folder, LayerDistributionsFile.FileName));

    /// <summary>Writes distributions and all that follows from them.</summary>
    public void Write(TrainedRun run, AnalysisSettings settings, LayerDistributions distributions)
    {
        WriteFiles(run, settings, distributions);
        MarkDone(run, settings);
    }

    internal override ITextSums Sums(TrainedRun run, AnalysisSettings settings) => new LayerDistributions(
        run.HookPoints.Count, run.Dictionary.LatentCount, settings.Published ? LayerDistributions.PublishedThreshold : L0.ActiveAbove);

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation) =>
        WriteFiles(run, settings, (LayerDistributions)sums!);

    private void WriteFiles(TrainedRun run, AnalysisSettings settings, LayerDistributions distributions)
    {
        LayerDistributionsFile.Write(In(run, LayerDistributionsFile.FileName), distributions);
        LayerDistributionsFile.WritePublished(In(run, LayerDistributionsFile.PublishedFileName), distributions);
        JsonFile.Write(In(run, SummaryFileName), LayerStatistics.Of(distributions, settings.Seed));
    }
}

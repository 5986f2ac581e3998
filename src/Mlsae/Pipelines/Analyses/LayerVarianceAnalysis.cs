using Mlsae.Analysis;
using Mlsae.Metrics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>layer-variance: the variance of the layer within a latent, over tokens and on one token.</summary>
public sealed class LayerVarianceAnalysis : RunAnalysis<LayerVarianceResult>
{
    private const string FileName = "layer-variance.json";

    /// <inheritdoc/>
    public override string Name => "layer-variance";

    /// <inheritdoc/>
    public override string Question => "Over how many layers does a latent spread on the whole text, and over how many on one token?";

    /// <inheritdoc/>
    public override LayerVarianceResult Read(string folder) => JsonFile.Read<LayerVarianceResult>(Path.Combine(folder, FileName));

    internal override ITextSums Sums(TrainedRun run, AnalysisSettings settings) =>
        new LayerVariance(run.HookPoints.Count, run.Dictionary.LatentCount, settings.Permutations, settings.Seed);

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation) =>
        JsonFile.Write(In(run, FileName), ((LayerVariance)sums!).Result());
}

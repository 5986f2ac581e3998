using Mlsae.Metrics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>concepts: how well single latents tell the Microworld's concepts, beside neurons and random directions.</summary>
public sealed class ConceptsAnalysis : RunAnalysis<ConceptComparison>
{
    /// <inheritdoc/>
    public override string Name => "concepts";

    /// <inheritdoc/>
    public override string Question => "How many known concepts does a single latent tell, at each layer, beside neurons and random directions?";

    /// <inheritdoc/>
    public override string? Hindrance(TrainedRun run) => base.Hindrance(run)
        ?? (run.Config.Data == TextData.Microworld ? null : $"'{run.Folder.Path}' was trained on {run.Config.Data}, whose concepts are not known; those of the Microworld are: mlsae demo");

    /// <inheritdoc/>
    public override ConceptComparison Read(string folder) => JsonFile.Read<ConceptComparison>(Path.Combine(folder, ConceptComparison.FileName));

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation) =>
        JsonFile.Write(In(run, ConceptComparison.FileName), ConceptComparison.Measure(run, settings.ConceptContexts, settings.Seed, progress, cancellation));
}

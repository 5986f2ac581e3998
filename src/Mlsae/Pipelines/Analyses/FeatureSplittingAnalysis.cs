using Mlsae.Analysis.Splitting;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>feature-splitting: into which latents of the next larger dictionary of the run, or of a named one, the latents of a dictionary split.</summary>
public sealed class FeatureSplittingAnalysis : RunAnalysis<FeatureSplittingResult>
{
    /// <summary>The file in analysis/feature-splitting.</summary>
    public const string FileName = "feature-splitting.json";

    /// <inheritdoc/>
    public override string Name => "feature-splitting";

    /// <inheritdoc/>
    public override string Question => "Into how many latents of a larger dictionary does a latent split?";

    /// <inheritdoc/>
    public override bool IsDone(TrainedRun run, AnalysisSettings settings) =>
        base.IsDone(run, settings) && (settings.Other is null || Read(run).Child == settings.Other);

    /// <inheritdoc/>
    public override string? Hindrance(TrainedRun run) => base.Hindrance(run) ?? (Larger(run).Length > 0
        ? null
        : $"'{run.Plan.Name}' of '{run.Folder.Path}' has no larger dictionary beside it; train several sizes in one run: mlsae train --expansion-factor 4 16");

    /// <inheritdoc/>
    public override FeatureSplittingResult Read(string folder) => JsonFile.Read<FeatureSplittingResult>(Path.Combine(folder, FileName));

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation)
    {
        var larger = settings.Other is { } name ? Named(run, name) : Larger(run)[0];
        var text = AnalysisText.Of(run, settings, settings.RareSequences);
        var splitting = new FeatureSplittingSums(run.Dictionary.LatentCount, larger.Dictionary.LatentCount, run.Model.Config.VocabularySize);
        int layers = run.HookPoints.Count;
        foreach (var (batch, first) in text.Batches(progress, cancellation))
        {
            var encoded = run.EncodeText(batch, first);
            var concepts = text.ConceptsOf(encoded);
            splitting.Add(
                encoded.Codes, larger.Dictionary.Encode(encoded.Vectors), AnalysisText.ForEachLayer(AnalysisText.Ids(encoded), layers),
                concepts is null ? null : AnalysisText.ForEachLayer(concepts, layers));
        }

        JsonFile.Write(In(run, FileName), splitting.Result((run.Plan.Name, larger.Plan.Name), text.Contexts.Count, run.DisplayToken, settings.Seed));
    }

    /// <summary>The larger dictionaries of the run, the next larger first. They read the same vectors.</summary>
    private static TrainedRun[] Larger(TrainedRun run) =>
        [.. run.Others.Where(other => other.Dictionary.LatentCount > run.Dictionary.LatentCount).OrderBy(other => other.Dictionary.LatentCount).ThenBy(other => other.Plan.Name, StringComparer.Ordinal)];

    private static TrainedRun Named(TrainedRun run, string name) => run.Others.FirstOrDefault(other => other.Plan.Name == name)
        ?? throw new ArgumentException($"'{run.Folder.Path}' has no other dictionary '{name}'; it has {string.Join(", ", run.Config.Dictionaries.Select(plan => plan.Name))}.");
}

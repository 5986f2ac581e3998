using Mlsae.Analysis;
using Mlsae.Metrics;
using Mlsae.Pipelines.Analyses;
using Mlsae.Storage;

namespace Mlsae.Pipelines;

/// <summary>What an evaluation measured.</summary>
/// <param name="Evaluation">reconstruction and downstream loss by layer</param>
/// <param name="Latents">what the latents are like</param>
/// <param name="Layers">how they spread over layers</param>
public sealed record RunEvaluation(EvaluationResult Evaluation, LatentStatistics Latents, LayerDistributions Layers)
{
    /// <summary>The folder under analysis/.</summary>
    public const string Name = "evaluation";

    /// <summary>The file in it.</summary>
    public const string FileName = "evaluation.json";

    /// <summary>
    /// Evaluates on held-out text: reconstruction and downstream loss, what the latents are like, and how they spread over layers. Writes analysis/evaluation, and the analyses feature-density and
    /// latent-layers of the same text.
    /// </summary>
    /// <param name="run">the dictionary</param>
    /// <param name="contexts">of held-out text</param>
    /// <param name="settings">data and seed of the text, for the analyses' files</param>
    /// <param name="ablations">of the same contexts, for the loss recovered; null to leave it out, which takes a third of the time where no other dictionary measured them before</param>
    /// <param name="furtherContexts">contexts on which latents are counted too, without running the model on with reconstructions: so that rare ones show; null for none</param>
    /// <param name="progress">told the share of the contexts done</param>
    /// <param name="cancellation">ends the work; nothing is written then</param>
    public static RunEvaluation Measure(
        TrainedRun run, IReadOnlyList<int[]> contexts, AnalysisSettings settings, LayerAblations? ablations = null, IReadOnlyList<int[]>? furtherContexts = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var evaluator = new DictionaryEvaluator(run.Model, run.Dictionary, run.HookPoints, run.Tokenizer.SpecialIds.ToHashSet(), ablations);
        var layers = new LayerDistributions(run.HookPoints.Count, run.Dictionary.LatentCount);
        int done = 0;
        foreach (var batch in TrainedRun.Batches(contexts))
        {
            cancellation.ThrowIfCancellationRequested();
            layers.Add(evaluator.Add(batch));
            done += batch.Sequences;
            progress?.Report((double)done / contexts.Count);
        }

        var evaluation = evaluator.Result(settings.Seed);
        foreach (var batch in TrainedRun.Batches(furtherContexts ?? []))
        {
            cancellation.ThrowIfCancellationRequested();
            evaluator.Latents.Add(run.EncodeText(batch));
        }

        var latents = LatentStatistics.Of(evaluator.Latents, run.Dictionary, run.HookPoints, settings.Seed);
        cancellation.ThrowIfCancellationRequested();
        JsonFile.Write(Path.Combine(run.AnalysisPath(Name), FileName), evaluation);
        AtomicFile.WriteText(Path.Combine(run.AnalysisPath(Name), "evaluation.csv"), EvaluationCsv.Of(evaluation, latents));
        var text = settings with { Sequences = contexts.Count };
        RunAnalyses.FeatureDensity.Write(run, text with { Sequences = contexts.Count + (furtherContexts?.Count ?? 0) }, latents, evaluator.Latents);
        RunAnalyses.LatentLayers.Write(run, text, layers);
        return new RunEvaluation(evaluation, latents, layers);
    }
}

using Mlsae.Analysis;
using Mlsae.Analysis.Patching;
using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>
/// ioi-patching: how many features of a layer, and how large an edit, turn the model's answer to an indirect-object prompt into that of its counterfactual; beside per-layer dictionaries, PCA and other bases.
/// </summary>
public sealed class IoiPatchingAnalysis : RunAnalysis<PatchingResult>
{
    private const string FileName = "patching.json";

    /// <summary>Of the time, where the dictionaries to compare with are not there yet.</summary>
    private const double CompanionShare = 0.5;

    /// <inheritdoc/>
    public override string Name => "ioi-patching";

    /// <inheritdoc/>
    public override string Question => "How few features of a layer, exchanged, turn the answer to an indirect-object prompt into its counterfactual's, beside per-layer dictionaries and PCA?";

    /// <inheritdoc/>
    public override bool TakesLong => true;

    /// <inheritdoc/>
    public override string? Hindrance(TrainedRun run)
    {
        bool isResidual = run.HasModel && run.HookPoints.All(hook => hook.Kind == HookKind.ResidPost);
        return base.Hindrance(run)
            ?? (!isResidual ? $"'{run.Folder.Path}' is not of the residual stream after blocks, where patching exchanges features: mlsae train --hooks resid_post" : null)
            ?? (run.Plan.Arrangement == Arrangement.Crosscoder ? $"'{run.Folder.Path}' is a crosscoder, whose codes are of all layers at once: they cannot be exchanged at one layer." : null)
            ?? (run.Plan.Dictionary is BaselineConfig ? $"'{run.Folder.Path}' is a baseline, which others are compared with: mlsae train --kind topk" : null);
    }

    /// <inheritdoc/>
    public override PatchingResult Read(string folder) => JsonFile.Read<PatchingResult>(Path.Combine(folder, FileName));

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation)
    {
        var companions = new PatchingCompanions(run, In(run, "companions"), settings.Patching).Open(new PartialProgress(progress, 0, CompanionShare), cancellation);
        IReadOnlyList<(string Title, ILayeredDictionary Dictionary)> all = [(run.Plan.Arrangement == Arrangement.Shared ? "MLSAE" : "this run", run.Dictionary), .. companions];
        var pairs = new IndirectObjectPairs(run.Tokenizer).Draw(2 * settings.Patching.Pairs, settings.Seed);
        var (own, others) = (pairs.Take(settings.Patching.Pairs).ToArray(), pairs.Skip(settings.Patching.Pairs).ToArray());
        var task = Task(run, own);
        var study = new PatchingStudy(task, Task(run, others), run.DisplayToken, settings.Seed);
        var few = Task(run, own.Take(settings.Patching.OrderPairs));
        var (layers, orders) = (new List<PatchedLayer>(), new List<ComparedOrder>());
        for (int l = 0; l < run.HookPoints.Count; l++)
        {
            var ofLayer = PartialProgress.Of(progress, CompanionShare, l, run.HookPoints.Count);
            LayerDecomposition[] decompositions = [.. all.Select(of => LayerDecomposition.Of(of.Title, of.Dictionary, l))];
            layers.Add(study.Layer(run.HookPoints[l].Layer, decompositions, new PartialProgress(ofLayer, 0, 0.5), cancellation));
            orders.AddRange(Orders(
                few, run.HookPoints[l].Layer, [.. decompositions.Where((of, i) => i == 0 || PatchingCompanion.All.Any(companion => companion.Title == of.Name && companion.ComparesOrders))], settings,
                new PartialProgress(ofLayer, 0.5, 1), cancellation));
        }

        JsonFile.Write(In(run, FileName), new PatchingResult(
            PatchingResult.CurrentDefinition, Accuracy(run, own.Select(pair => pair.Base)), Accuracy(run, own.Select(pair => pair.Target)), settings.Patching.Pairs,
            Bootstrap.Estimates(settings.Patching.Pairs, settings.Seed, drawn => [drawn.Average(pair => task.Unpatched[pair])])[0], layers, study.Overall(), orders, few.Pairs.Count));
    }

    private static IEnumerable<ComparedOrder> Orders(
        PatchingTask task, int layer, LayerDecomposition[] decompositions, AnalysisSettings settings, IProgress<double> progress, CancellationToken cancellation)
    {
        foreach (var (i, decomposition) in decompositions.Index())
        {
            foreach (var order in OrderComparison.Measure(new FeaturePatch(task, layer, decomposition), settings.Seed, settings.Patching.Thresholds, cancellation))
            {
                yield return order;
            }

            progress.Report((i + 1.0) / decompositions.Length);
        }
    }

    private static PatchingTask Task(TrainedRun run, IEnumerable<IndirectObjectPair> pairs) => new(run.Model, new PromptPairs([.. pairs.Select(pair => pair.Ids)]));

    private static IndirectObjectAccuracy Accuracy(TrainedRun run, IEnumerable<Text.Microworlds.IndirectObjectPrompt> prompts) =>
        IndirectObjectAccuracy.Measure(run.Model, run.Tokenizer, [.. prompts]);
}

using Mlsae.Dictionaries;
using Mlsae.Dictionaries.Engines;
using Mlsae.Training;

namespace Mlsae.Pipelines.Interpretations;

/// <summary>The baselines of Cunningham et al. 2023, one for each layer, computed from vectors of the text that a run's dictionary was trained on.</summary>
internal static class BaselineDictionaries
{
    /// <summary>Computes them.</summary>
    /// <param name="run">whose model's vectors</param>
    /// <param name="methods">which</param>
    /// <param name="data">text to take where the run's own is not known</param>
    /// <param name="tokens">tokens of it</param>
    /// <param name="seed">of random directions, and of where ICA begins</param>
    /// <param name="progress">told the share done</param>
    /// <param name="cancellation">ends the work</param>
    public static IReadOnlyList<(BaselineMethod Method, ILayeredDictionary Dictionary)> Compute(
        TrainedRun run, IReadOnlyList<BaselineMethod> methods, string? data, int tokens, ulong seed, IProgress<double>? progress, CancellationToken cancellation)
    {
        var engines = methods.Select(method => Engines(run, method, tokens, seed)).ToArray();
        Feed(run, [.. engines.SelectMany(layers => layers.Index())], data, tokens, cancellation);
        int done = 0;
        return [.. methods.Zip(engines, (method, layers) => (method, LayeredDictionary.Of(Arrangement.PerLayer, [.. layers.Select((engine, layer) =>
        {
            cancellation.ThrowIfCancellationRequested();
            var dictionary = engine.Export().WithOrigin(new DictionaryOrigin { Model = run.Config.Model, HookPoints = [run.HookPoints[layer].ToString()], TrainedTokens = engine.TokenCount });
            progress?.Report(++done / (double)(methods.Count * layers.Length));
            return dictionary;
        })], layers.Length)))];
    }

    private static IDictionaryEngine[] Engines(TrainedRun run, BaselineMethod method, int tokens, ulong seed)
    {
        var config = new BaselineConfig { Method = method, ModelDim = run.Dictionary.ModelDim, SampleVectors = tokens, Seed = seed };
        var plan = new DictionaryPlan { Arrangement = Arrangement.PerLayer, Dictionary = config };
        return [.. plan.ConfigsFor(run.HookPoints.Count).Select(of => DictionaryEngine.Create(of, 1))];
    }

    /// <summary>Gives every engine the vectors of its layer.</summary>
    private static void Feed(TrainedRun run, (int Layer, IDictionaryEngine Engine)[] engines, string? data, int tokens, CancellationToken cancellation)
    {
        int layers = run.HookPoints.Count, width = run.Dictionary.ModelDim, taken = 0;
        foreach (var batch in TrainedRun.Batches(run.TrainingContexts(data)))
        {
            cancellation.ThrowIfCancellationRequested();
            var vectors = run.EncodeText(batch, codes: false).Vectors;
            int count = Math.Min(vectors.Rows / layers, tokens - taken);
            var sideBySide = vectors.RowWindow(0, count * layers).Reshape(count, layers * width);
            foreach (var (layer, engine) in count > 0 ? engines : [])
            {
                engine.Step(sideBySide.ColumnWindow(layer * width, width), 1);
            }

            if ((taken += count) == tokens)
            {
                return;
            }
        }
    }
}

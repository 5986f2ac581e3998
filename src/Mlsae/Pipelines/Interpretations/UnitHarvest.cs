using Mlsae.Analysis;
using Mlsae.Analysis.Interpretation;
using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Pipelines.Analyses;
using Mlsae.Text.Microworlds;

namespace Mlsae.Pipelines.Interpretations;

/// <summary>Lets a run's model read fragments, and gathers the records of units: of the run's dictionary, of baselines computed from the same layers, and of the model's neurons.</summary>
/// <param name="run">the dictionary</param>
/// <param name="settings">text, seed, how much, and whether as published</param>
/// <param name="progress">told the share done</param>
/// <param name="cancellation">ends the work</param>
internal sealed class UnitHarvest(TrainedRun run, AnalysisSettings settings, IProgress<double>? progress, CancellationToken cancellation)
{
    // Parts of the work, about, where there are baselines.
    private const double BaselineShare = 0.5;

    private InterpretationConfig Config => settings.Interpretation;

    /// <summary>Does all of it.</summary>
    /// <exception cref="ArgumentException">No text is known.</exception>
    /// <exception cref="InvalidDataException">The text has no fragment.</exception>
    public HarvestedUnits Harvest()
    {
        var sampler = new FragmentSampler(run.Tokenizer, settings.Seed, settings.Published);
        var fragments = sampler.Sample(Documents(), Config.Fragments);
        var baselines = BaselineDictionaries.Compute(
            run, Config.Baselines, settings.Data, Config.BaselineTokens, settings.Seed, new PartialProgress(progress, 0, BaselineShare), cancellation);
        (string Name, ILayeredDictionary Dictionary)[] named = [.. baselines.Select(baseline => (DictionaryKinds.Hyphenated(baseline.Method), baseline.Dictionary))];
        var dictionaries = new GatheredUnits(Sources(baselines), settings.Seed).Read(run, fragments, settings.Published, new PartialProgress(progress, BaselineShare, 1), cancellation);
        return new HarvestedUnits([.. run.HookPoints.Select(hook => hook.ToString())], fragments, sampler.PassedOver, dictionaries, named);
    }

    private UnitSource[] Sources(IReadOnlyList<(BaselineMethod Method, ILayeredDictionary Dictionary)> baselines)
    {
        var own = LatentSource.Of(run.Plan.Name, Describe(run.Plan), run.Dictionary, Config.Units, run.Dictionary.Arrangement != Arrangement.PerLayer);
        var compared = baselines.Select(baseline => LatentSource.Of(
            DictionaryKinds.Hyphenated(baseline.Method), Describe(baseline.Method), baseline.Dictionary, Config.Units, baseline.Method is BaselineMethod.Identity or BaselineMethod.IdentityPositive,
            baseline.Method is BaselineMethod.Pca or BaselineMethod.Ica or BaselineMethod.IdentityPositive));

        // Where the dictionary's vectors are the neurons, the identity is them already.
        bool hasNeurons = Config.Neurons && run.HookPoints.All(hook => hook.Layer >= 0 && hook.Kind != HookKind.MlpPost);
        return [own, .. compared, .. hasNeurons ? [NeuronSource.Of(run.Model, run.HookPoints, Config.Units)] : Array.Empty<UnitSource>()];
    }

    private static string Describe(Training.DictionaryPlan plan) => $"{plan.Dictionary.Kind}, {DictionaryKinds.Hyphenated(plan.Arrangement)}";

    private static string Describe(BaselineMethod method) => method switch
    {
        BaselineMethod.Identity => "dimensions of the layer's vectors, negative values set to 0",
        BaselineMethod.IdentityPositive => "dimensions of the layer's vectors, in both senses",
        BaselineMethod.Random => "random directions",
        BaselineMethod.Pca => "principal components of the layer's vectors, the largest first, in both senses",
        _ => "independent components of the layer's vectors, in both senses",
    };

    private IEnumerable<DocumentTokens> Documents()
    {
        string data = settings.Data ?? (run.Config.Data == TextData.Microworld ? TextData.Microworld : throw run.NoHeldOutText());
        return data == TextData.Microworld ? Annotated() : TextData.HeldOut(data)().Select(text => new DocumentTokens(run.Tokenizer.Encode(text)));
    }

    private IEnumerable<DocumentTokens> Annotated()
    {
        for (long document = 0; ; document++)
        {
            var (ids, concepts) = AnnotatedTokens.Of(Microworld.Document(Microworld.HeldOutSeed, document), run.Tokenizer);
            yield return new DocumentTokens(ids, concepts);
        }
    }
}

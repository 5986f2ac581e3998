using System.Text.Json;
using Mlsae.Analysis.Patching;
using Mlsae.Dictionaries;
using Mlsae.Storage;
using Mlsae.Training;

namespace Mlsae.Pipelines.Analyses;

/// <summary>
/// The dictionaries that a run's is compared with in patching: trained, or computed, on the same model and text, in a run's folder of their own below the analysis. What is there already, of the
/// same configuration, is used again.
/// </summary>
internal sealed class PatchingCompanions
{
    /// <summary>Vectors that ICA is computed from at each layer.</summary>
    private const int IcaVectors = 8_192;

    /// <summary>Tokens for what does not depend on vectors: one step is the least that there is.</summary>
    private const int NoVectors = 1;

    private readonly TrainedRun _run;
    private readonly string _folder;
    private readonly DictionaryRunConfig _config;

    /// <param name="run">the run that they are compared with</param>
    /// <param name="folder">where they are, or will be</param>
    /// <param name="config">which, trained on how many tokens</param>
    public PatchingCompanions(TrainedRun run, string folder, PatchingConfig config)
    {
        (_run, _folder) = (run, folder);
        _config = run.Config with
        {
            Dictionaries = [.. Plans(run, config.CompanionTokens ?? run.Plan.TotalTokens).Where(plan => config.Companions.Contains(plan.Name))], Comparison = null,
            Hooks = [.. run.HookPoints.Select(hook => hook.ToString())],
        };
    }

    /// <summary>The layered dictionaries with what figures call them.</summary>
    /// <param name="progress">told the share of the training done</param>
    /// <param name="cancellation">ends the training; it goes on from there the next time</param>
    public IReadOnlyList<(string Title, ILayeredDictionary Dictionary)> Open(IProgress<double>? progress, CancellationToken cancellation)
    {
        Train(progress, cancellation);
        return [.. TrainedRun.OpenAll(RunFolder.Open(_folder), _run.Config.Model).Select(run => (PatchingCompanion.All.First(of => of.Name == run.Plan.Name).Title, run.Dictionary))];
    }

    private void Train(IProgress<double>? progress, CancellationToken cancellation)
    {
        bool isSame = File.Exists(Path.Combine(_folder, RunFolder.ManifestName)) && Text(DictionaryRun.Config(RunFolder.Open(_folder))) == Text(_config);
        var folder = isSame ? RunFolder.Open(_folder) : DictionaryRun.Create(_folder, _config, overwrite: true, "analyze");
        if (!folder.HasDictionary && !DictionaryRun.Train(folder, new StepShare(progress), cancellation).Completed)
        {
            throw new OperationCanceledException("Stopped while the dictionaries to compare with were trained. What was trained is kept; the same command goes on from there.", cancellation);
        }
    }

    private static string Text(DictionaryRunConfig config) => JsonSerializer.Serialize(config, JsonFile.SnakeCase);

    private static IReadOnlyList<DictionaryPlan> Plans(TrainedRun run, long tokens)
    {
        var own = run.Plan.Dictionary;
        int layers = run.HookPoints.Count, d = own.ModelDim, share = Math.Max(1, run.Dictionary.LatentCount / layers);
        DictionaryPlan Plan(PatchingCompanion companion, DictionaryConfig dictionary, long most = long.MaxValue) =>
            new() { Name = companion.Name, Arrangement = Arrangement.PerLayer, Dictionary = dictionary, TotalTokens = Math.Min(tokens, most) };
        DictionaryPlan Baseline(PatchingCompanion companion, BaselineMethod method, long most = long.MaxValue) =>
            Plan(companion, new BaselineConfig { ModelDim = d, Method = method, Seed = own.Seed, SampleVectors = IcaVectors }, most);
        return
        [
            Plan(PatchingCompanion.PerLayer, Sized(own, share)), Plan(PatchingCompanion.PerLayerEach, Sized(own, run.Dictionary.LatentCount)),
            Plan(PatchingCompanion.NoSparsity, new ReluConfig { ModelDim = d, LatentCount = share, Sparsity = 0, InitialBias = 0, Adam = own.Adam, Seed = own.Seed }),
            Baseline(PatchingCompanion.Pca, BaselineMethod.Pca), Baseline(PatchingCompanion.Ica, BaselineMethod.Ica, IcaVectors),
            Baseline(PatchingCompanion.RandomRotation, BaselineMethod.RandomRotation, NoVectors), Baseline(PatchingCompanion.ResidualBasis, BaselineMethod.IdentityPositive, NoVectors),
        ];
    }

    /// <summary>The same kind with another number of latents, and begun differently.</summary>
    private static DictionaryConfig Sized(DictionaryConfig own, int latents)
    {
        var sized = own with { ExpansionFactor = null, LatentCount = latents, Seed = own.Seed + 1 };
        return sized is SelectionConfig selection ? selection with { K = Math.Min(selection.K, latents), AuxK = Math.Min(selection.AuxK, latents) } : sized;
    }

    private sealed class StepShare(IProgress<double>? progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress?.Report((double)value.Step / value.TotalSteps);
    }
}

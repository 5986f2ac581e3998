using Mlsae.Activations;
using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;
using Mlsae.Text;
using Mlsae.Training;
using Mlsae.Transformers;

namespace Mlsae.Pipelines;

/// <summary>From text, or activations made elsewhere, to a trained dictionary in a run folder.</summary>
public static class DictionaryRun
{
    /// <summary>Makes the run's folder and its manifest.</summary>
    /// <param name="path">the folder</param>
    /// <param name="config">what will be trained</param>
    /// <param name="overwrite">whether an older run there is deleted</param>
    /// <param name="command">what the manifest says was run</param>
    /// <exception cref="ArgumentException">The configuration is not valid.</exception>
    /// <exception cref="IOException">There is a run already, or the folder cannot be written.</exception>
    public static RunFolder Create(string path, DictionaryRunConfig config, bool overwrite = false, string command = "train")
    {
        var manifest = RunManifest.Of(command, config.Validated(), config.Seed) with
        {
            Model = config.Model,
            ModelHash = config.Model is { } model ? ContentHash.OfFolder(EmbeddedModels.Folder(model)) : null,
            Data = config.Data ?? config.Activations,
            DataHash = config.Data is null or TextData.Microworld ? null : ContentHash.Of(config.Data),
            Metrics = [.. EvaluationResult.Definitions.Values],
        };
        return RunFolder.Create(path, manifest, overwrite);
    }

    /// <summary>Trains a run from its newest checkpoint, or from the beginning where there is none.</summary>
    /// <param name="run">whose manifest holds a <see cref="DictionaryRunConfig"/></param>
    /// <param name="progress">told at every logged step; null for no one</param>
    /// <param name="cancellation">When set, a checkpoint is written and the run can be resumed.</param>
    /// <exception cref="InvalidDataException">The manifest, a checkpoint, the model or the data is damaged or does not fit.</exception>
    public static TrainingResult Train(RunFolder run, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        var config = Config(run);
        using var activations = Shuffled(OpenActivations(config, out var hooks), config);
        foreach (var plan in config.Dictionaries)
        {
            Require.That(
                activations.ModelDim == plan.Dictionary.ModelDim,
                $"The dictionary '{plan.Name}' is for vectors of width {plan.Dictionary.ModelDim} but the activations have width {activations.ModelDim}.");
        }

        LayeredEngine[] engines = [.. config.Dictionaries.Select(plan => new LayeredEngine(plan, activations.LayerCount, config.Training.BatchTokens))];
        var trainer = new DictionaryTrainer(engines, activations, config.Training, run.Path)
        {
            Progress = progress,
            Origin = new DictionaryOrigin { Model = config.Model, HookPoints = [.. hooks.Select(hook => hook.ToString())] },
        };
        trainer.Resume();
        var result = trainer.Run(cancellation);
        if (result.Completed)
        {
            run.Finish();
        }

        return result;
    }

    /// <summary>The configuration in a run's manifest.</summary>
    /// <exception cref="InvalidDataException">The manifest is of another kind of run, or damaged.</exception>
    public static DictionaryRunConfig Config(RunFolder run) => run.Manifest.ConfigAs<DictionaryRunConfig>(run.ManifestPath);

    /// <summary>Width of the vectors that a configuration's model or files give, and how many layers there are.</summary>
    public static (int ModelDim, int LayerCount) Sizes(DictionaryRunConfig config)
    {
        using var activations = OpenActivations(config, out _);
        return (activations.ModelDim, activations.LayerCount);
    }

    private static IActivationStream OpenActivations(DictionaryRunConfig config, out IReadOnlyList<HookPoint> hooks)
    {
        if (config.Activations is { } files)
        {
            hooks = [];
            return ActivationFiles.Open(files, epochs: config.Epochs);
        }

        string folder = EmbeddedModels.Folder(config.Model!);
        var tokenizer = TextData.Tokenizer(folder, config.Tokenizer);
        var model = LanguageModel.Load(folder);
        var contexts = new PackedContexts(
            TextData.Training(config.Data!, config.FirstDocument), tokenizer, Packing(config));
        var activations = new ModelActivations(model, contexts, new HarvestConfig
        {
            HookPoints = config.HookPoints(),
            SpecialTokens = [.. tokenizer.SpecialIds],
            ZeroesSpecialTokens = config.IsPublished,
        });
        hooks = activations.HookPoints;
        return activations;
    }

    private static PackingConfig Packing(DictionaryRunConfig config) =>
        (config.IsPublished ? PackingConfig.Published(config.ContextLength) : new PackingConfig { ContextLength = config.ContextLength })
        with { Epochs = config.Epochs };

    private static IActivationStream Shuffled(IActivationStream activations, DictionaryRunConfig config) =>
        config.ShuffleTokens == 0 ? activations : new ShuffledActivations(activations, config.ShuffleTokens, config.Seed);
}

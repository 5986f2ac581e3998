using Mlsae.Storage;
using Mlsae.Text;
using Mlsae.Transformers;

namespace Mlsae.Pipelines;

/// <summary>From text to a trained language model, in a run folder: the model lies in model/ with its tokenizer.</summary>
public static class LanguageModelRun
{
    /// <summary>The folder of the model within a run's.</summary>
    public const string ModelFolder = "model";

    /// <summary>Starts a run, or goes on with one from its newest checkpoint.</summary>
    /// <param name="run">the run's folder; its manifest holds a <see cref="LanguageModelRunConfig"/></param>
    /// <param name="progress">told at every logged step</param>
    /// <param name="cancellation">When set, a checkpoint is written and the run can be resumed.</param>
    public static LanguageModelTrainingResult Train(RunFolder run, IProgress<LanguageModelProgress>? progress = null, CancellationToken cancellation = default)
    {
        var config = run.Manifest.ConfigAs<LanguageModelRunConfig>(run.ManifestPath);
        var tokenizer = Tokenizer.Load(config.Tokenizer);
        using var contexts = Contexts(TextData.Training(config.Data, config.FirstDocument), tokenizer, config.Model.ContextLength, epochs: null);
        var trainer = new LanguageModelTrainer(config.Model, config.Training, contexts, HeldOut(config, tokenizer), run.Path);
        trainer.Resume();
        var result = trainer.Run(progress, cancellation);
        if (result.Completed)
        {
            string folder = Path.Combine(run.Path, ModelFolder);
            trainer.Model.Save(folder, half: true);
            tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
            run.Finish();
        }

        return result;
    }

    private static PackedContexts Contexts(Func<IEnumerable<string>> documents, Tokenizer tokenizer, int length, int? epochs) =>
        new(documents, tokenizer, new PackingConfig { ContextLength = length, Epochs = epochs });

    private static IReadOnlyList<int[]> HeldOut(LanguageModelRunConfig config, Tokenizer tokenizer)
    {
        if (config.Data != TextData.Microworld)
        {
            return [];
        }

        using var contexts = Contexts(TextData.HeldOut(config.Data), tokenizer, config.Model.ContextLength, epochs: 1);
        return [.. Enumerable.Range(0, config.HeldOutContexts).Select(_ => contexts.Next()!)];
    }
}

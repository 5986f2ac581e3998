using Mlsae.Dictionaries;
using Mlsae.Storage;
using Mlsae.Training;

namespace Mlsae.Pipelines;

/// <summary>
/// Runs on the neurons of the embedded one-layer models, of which questions about dictionaries of several sizes and about two models are asked where no run was named. They lie beside each other in a folder of their own, so
/// that the newest run is still the user's.
/// </summary>
/// <remarks>In these models the MLP stands beside attention, not after it, and there is one layer: a neuron, and a latent of neurons, is a function of its own token alone and knows nothing of what came before.</remarks>
public static class Companions
{
    /// <summary>Their folder under that of runs.</summary>
    public const string FolderName = "companions";

    /// <summary>The model whose dictionaries have several sizes.</summary>
    public const string First = "microworld-1l-a";

    /// <summary>The same model trained from another seed.</summary>
    public const string Second = "microworld-1l-b";

    private const int Width = 512;

    /// <summary>Where the run of a model lies.</summary>
    /// <param name="runs">the folder of runs</param>
    /// <param name="model">one of the two</param>
    public static string PathOf(string runs, string model) => Path.Combine(runs, FolderName, model);

    /// <summary>What is trained: of the first model 512, 2,048 and 8,192 latents, of the second 2,048.</summary>
    /// <param name="model">one of the two</param>
    /// <param name="small">for a trial of seconds: 64 and 192 latents on a few tokens, of the second model 192</param>
    public static DictionaryRunConfig Config(string model, bool small = false)
    {
        int[] sizes = (small, model) switch { (true, First) => [64, 192], (true, _) => [192], (false, First) => [512, 2048, 8192], (false, _) => [2048] };
        return new DictionaryRunConfig
        {
            Model = model,
            Data = TextData.Microworld,
            FirstDocument = 1_000_000,
            ContextLength = 256,
            ShuffleTokens = small ? 1024 : 16_384,
            Hooks = [HookPoint.MlpPost(0).ToString()],
            Dictionaries = [.. sizes.Select(size => Plan(size, small))],
            Training = new TrainingConfig { BatchTokens = small ? 256 : 512, LogEvery = 5, CheckpointEvery = 0 },
        };
    }

    /// <summary>The run of a model, where it is finished.</summary>
    /// <inheritdoc cref="PathOf" path="/param"/>
    public static RunFolder? Find(string runs, string model)
    {
        string path = PathOf(runs, model);
        return File.Exists(Path.Combine(path, "run.json")) && RunFolder.Open(path) is { IsFinished: true } run ? run : null;
    }

    /// <summary>Trains the run of a model; what was left of an earlier try is trained anew.</summary>
    /// <param name="runs">the folder of runs</param>
    /// <param name="model">one of the two</param>
    /// <param name="small">for a trial of seconds</param>
    /// <param name="progress">told at every logged step</param>
    /// <param name="cancellation">ends the work</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static RunFolder Make(string runs, string model, bool small = false, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        var run = DictionaryRun.Create(PathOf(runs, model), Config(model, small), overwrite: true);
        cancellation.ThrowIfCancellationRequested();
        return DictionaryRun.Train(run, progress, cancellation).Completed ? run : throw new OperationCanceledException($"The training of '{run.Path}' was stopped.", cancellation);
    }

    private static DictionaryPlan Plan(int size, bool small) => new()
    {
        Name = $"n{size}",
        TotalTokens = small ? 10_240 : 512_000,
        Dictionary = new TopKConfig
        {
            ModelDim = Width,
            LatentCount = size,
            K = small ? 8 : 16,
            AuxK = 64,
            DeadAfterTokens = small ? 5_000 : 100_000,
            Adam = new AdamConfig { LearningRate = small ? 3e-3 : 1e-3, WarmUpSteps = small ? 0 : 50, DecaySteps = small ? 0 : 250 },
        },
    };
}

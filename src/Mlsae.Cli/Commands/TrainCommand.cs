using System.CommandLine;
using Mlsae.Dictionaries;
using Mlsae.Pipelines;
using Mlsae.Storage;
using Mlsae.Training;
using Mlsae.Transformers;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae train</c>: a dictionary on a model's layers, or on activations made elsewhere.</summary>
internal static class TrainCommand
{
    /// <summary>Documents of the Microworld that the embedded models may have read; a dictionary is trained on others.</summary>
    internal const long DocumentsOfModels = 1_000_000;

    /// <summary>Tokens of a context where nothing is said and the model can read as many.</summary>
    private const int LongestDefaultContext = 2048;

    private static readonly Option<string> Model = ModelOption.Create();
    private static readonly Option<string> Data = new("--data") { Description = "The text: 'microworld', or a file or folder (.txt, .jsonl, .jsonl.gz, .jsonl.zst).", DefaultValueFactory = _ => TextData.Microworld };
    private static readonly Option<string> TokenizerPath = new("--tokenizer") { Description = "A tokenizer.json, where the model's folder has none." };
    private static readonly Option<string> Activations = new("--activations") { Description = "Instead of a model: a file or folder of safetensors with activations [token, layer, d_model]." };
    private static readonly Option<string> Initial = new("--initial") { Description = "With --trace: a file with init.encoder.weight, init.decoder.weight." };
    private static readonly Option<string> Trace = new("--trace") { Description = "Replay the batches 'x' [step, layer, token, d_model] of --activations from --initial, and write what happened to this file." };
    private static readonly Option<string[]> Hooks = new("--hooks") { Description = $"Where to read: {string.Join(", ", HookPoint.NamesInBlocks)} of every block, or single places such as blocks.0.hook_resid_post. [default: resid_post]", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<int[]> Layers = new("--layers") { Description = "Of which blocks, from 0; of all without it.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string[]> Config = new("--config") { Description = "JSON files, each { \"dictionary\": {...}, \"training\": {...} } or a dictionary's settings alone, also under the published code's names; several are trained side by side. Options override them.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<long?> Vectors = new("--vectors") { Description = "Vectors to train on; each token has one for every layer. [default: 10,000,000 tokens]" };
    private static readonly Option<int?> BatchTokens = new("--batch-tokens") { Description = "Tokens of a step. [default: 1024]" };
    private static readonly Option<int> Epochs = new("--epochs") { Description = "Times the text or files are gone through at most.", DefaultValueFactory = _ => 1 };
    private static readonly Option<int?> Context = new("--context") { Description = "Tokens of a context. [default: what the model can read, at most 2048]" };
    private static readonly Option<int> Shuffle = new("--shuffle-tokens") { Description = "Tokens of the shuffle buffer; 0 for the order of the text.", DefaultValueFactory = _ => 16_384 };
    private static readonly Option<int?> CheckpointEvery = new("--checkpoint-every") { Description = "Steps between checkpoints; 0 for none. [default: 500]" };
    private static readonly Option<string> Output = new("--output") { Description = "The run's folder. [default: runs/ and the time]" };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Delete an older run in that folder." };
    private static readonly Option<string> ResumeFrom = new("--resume") { Description = "The folder of a run to go on with, from its newest checkpoint; its own configuration is used." };

    public static Command Create(string name, string description)
    {
        var command = new Command(name, description)
        {
            Model, Data, TokenizerPath, Activations, Initial, Trace, Hooks, Layers, Config, Vectors, BatchTokens, Epochs, Context, Shuffle, CheckpointEvery, Output, Overwrite, ResumeFrom,
        };
        foreach (var option in DictionaryOptions.All)
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellation) => Task.FromResult(parsed.GetValue(Trace) is { } trace ? Replay(parsed, trace) : Train(parsed, cancellation)));
        return command;
    }

    /// <summary>Trains a run to its end and says how it went; used by the demo too.</summary>
    /// <returns>whether it came to its end; otherwise it was interrupted and can be resumed</returns>
    internal static bool TrainRun(RunFolder run, CancellationToken cancellation)
    {
        var result = ConsoleProgress.Run("Training", show => DictionaryRun.Train(
            run, new SynchronousProgress<TrainingProgress>(p => show((double)p.Step / p.TotalSteps, Describe(p))), cancellation));
        if (!result.Completed)
        {
            Console.WriteLine($"Stopped after step {result.Steps:N0}. Go on with: mlsae train --resume {run.Path}");
            return false;
        }

        Console.WriteLine($"Trained on {result.Tokens:N0} tokens in {result.Steps:N0} steps. Dictionary: {run.DictionaryPath}");
        return true;
    }

    private static string Describe(TrainingProgress p) =>
        $"FVU {p.Fvu:F3}  L0 {p.L0:F1}  dead {p.DeadFraction:P1}  {p.VectorsPerSecond:N0} vectors/s";

    private static int Train(ParseResult parsed, CancellationToken cancellation)
    {
        var run = parsed.GetValue(ResumeFrom) is { } folder ? RunFolder.Open(folder) : Start(parsed);
        if (run.IsFinished)
        {
            throw new UsageException($"'{run.Path}' is finished; there is nothing to resume.");
        }

        return TrainRun(run, cancellation) ? 0 : 130;
    }

    private static RunFolder Start(ParseResult parsed)
    {
        if (parsed.GetValue(Initial) is not null)
        {
            throw new UsageException("--initial goes with --trace: it replays given batches from given weights.");
        }

        string output = parsed.GetValue(Output) ?? Path.Combine(RunFolder.DefaultParent, DateTime.Now.ToString("yyyyMMdd-HHmmss"));
        return DictionaryRun.Create(output, RunConfig(parsed), parsed.GetValue(Overwrite));
    }

    private static DictionaryRunConfig RunConfig(ParseResult parsed)
    {
        string? files = parsed.GetValue(Activations);
        string data = parsed.GetRequiredValue(Data);
        // The sizes are not known before the model or the files are opened, and opening needs a configuration.
        var source = new DictionaryRunConfig
        {
            Model = files is null ? parsed.GetRequiredValue(Model) : null,
            Data = files is null ? data : null,
            Tokenizer = parsed.GetValue(TokenizerPath) is { } tokenizer ? Path.GetFullPath(tokenizer) : null,
            FirstDocument = files is null && data == TextData.Microworld ? DocumentsOfModels : 0,
            Epochs = parsed.GetValue(Epochs),
            ContextLength = files is null ? ContextLength(parsed) : 0,
            Activations = files is null ? null : Path.GetFullPath(files),
            Hooks = files is null ? HooksOf(parsed) : [],
            ShuffleTokens = parsed.GetValue(Shuffle),
            Dictionaries = [],
            Training = new TrainingConfig(),
        };
        var (modelDim, layerCount) = DictionaryRun.Sizes(source);
        var settings = Settings(parsed, modelDim);
        var plans = Plans(parsed, settings);
        DictionaryOptions.CheckScopes(parsed, [.. plans.Select(plan => plan.Dictionary)]);
        return source with
        {
            Dictionaries = [.. plans.Select(plan => plan with
            {
                Dictionary = DictionaryOptions.Apply(parsed, plan.Dictionary),
                TotalTokens = parsed.GetValue(Vectors) is { } vectors ? (vectors + layerCount - 1) / layerCount : plan.TotalTokens,
            })],
            Training = Overridden(settings[0].Settings.Training, parsed),
        };
    }

    /// <summary>What to train, by name: the kinds that were asked for, or the files.</summary>
    private static List<(string Name, TrainSettings Settings)> Settings(ParseResult parsed, int modelDim)
    {
        string[] files = parsed.GetValue(Config) ?? [], kinds = Split(parsed.GetValue(DictionaryOptions.Kinds));
        if (files.Length > 0 && kinds.Length > 0)
        {
            throw new UsageException("Give --kind or --config, not both: a file says its kind.");
        }

        return files.Length > 0
            ? [.. files.Select(path => (Path.GetFileNameWithoutExtension(path), TrainSettings.Load(path, modelDim)))]
            : [.. (kinds.Length > 0 ? kinds : ["topk"]).Select(kind => (kind, new TrainSettings { Dictionary = DictionaryKinds.Default(kind, modelDim) }))];
    }

    /// <summary>Each of the settings in each of the arrangements and sizes. A single one is called "dictionary", otherwise they are told apart by what differs.</summary>
    private static List<DictionaryPlan> Plans(ParseResult parsed, List<(string Name, TrainSettings Settings)> settings)
    {
        string[] names = Split(parsed.GetValue(DictionaryOptions.Arrangements));
        string[] arrangements = names.Length > 0 ? names : ["shared"];
        int?[] factors = parsed.GetValue(DictionaryOptions.ExpansionFactors) is { Length: > 0 } given ? [.. given] : [null];
        return
        [
            .. from of in settings
               from arrangement in arrangements
               from factor in factors
               select new DictionaryPlan
               {
                   Name = NameOf([(settings.Count, of.Name), (arrangements.Length, arrangement), (factors.Length, $"x{factor}")]),
                   Arrangement = DictionaryKinds.Arrangement(arrangement),
                   Dictionary = factor is null ? of.Settings.Dictionary : DictionaryOptions.WithExpansion(of.Settings.Dictionary, factor.Value),
               },
        ];
    }

    private static string NameOf((int Choices, string Name)[] parts)
    {
        string name = string.Join('.', parts.Where(part => part.Choices > 1).Select(part => part.Name));
        return name.Length > 0 ? name : "dictionary";
    }

    private static string[] Split(string[]? values) => [.. (values ?? []).SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries))];

    /// <summary>The places to read, each kind of place for every block or for those that are named.</summary>
    private static string[] HooksOf(ParseResult parsed)
    {
        string[] names = Split(parsed.GetValue(Hooks));
        int[] layers = parsed.GetValue(Layers) ?? [];
        if (names.Length == 0 && layers.Length == 0)
        {
            return [];
        }

        int count = LanguageModelConfigFile.Read(Path.Combine(ModelOption.Folder(parsed.GetRequiredValue(Model)), "config.json")).LayerCount;
        return [.. (names.Length > 0 ? names : ["resid_post"]).SelectMany(name => HookPoint.InEveryBlock(name, layers.Length > 0 ? layers : [.. Enumerable.Range(0, count)])).Select(hook => hook.ToString())];
    }

    private static int ContextLength(ParseResult parsed) =>
        parsed.GetValue(Context) ?? Math.Min(LongestDefaultContext, LanguageModel.Load(ModelOption.Folder(parsed.GetRequiredValue(Model))).ContextLength);

    private static TrainingConfig Overridden(TrainingConfig config, ParseResult parsed) => (config with
    {
        BatchTokens = parsed.GetValue(BatchTokens) ?? config.BatchTokens,
        CheckpointEvery = parsed.GetValue(CheckpointEvery) ?? config.CheckpointEvery,
    }).Validated();

    private static int Replay(ParseResult parsed, string trace)
    {
        using var activations = SafetensorsFile.Open(Needed(parsed, Activations));
        using var initial = SafetensorsFile.Open(Needed(parsed, Initial));
        string[] configs = parsed.GetValue(Config) is [_] one ? one : throw new UsageException("--trace needs one --config.");
        var config = TopKConfig.Load(configs[0]);
        var tensors = FixtureReplay.Run(activations, initial, config);
        SafetensorsFile.Write(trace, tensors);
        Console.WriteLine($"{tensors.Count} tensors in {trace}");
        return 0;
    }

    private static string Needed(ParseResult parsed, Option<string> option) =>
        parsed.GetValue(option) ?? throw new UsageException($"--trace needs {option.Name}.");
}

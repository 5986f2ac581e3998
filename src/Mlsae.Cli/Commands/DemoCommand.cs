using System.CommandLine;
using System.Diagnostics;
using Mlsae.Dictionaries;
using Mlsae.Pipelines;
using Mlsae.Pipelines.Analyses;
using Mlsae.Scripting;
using Mlsae.Storage;
using Mlsae.Training;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae demo</c>: the main job on the embedded model, from training to the report.</summary>
internal static class DemoCommand
{
    private const int Layers = 6;
    private const int EvaluationContexts = 96;

    public static Command Create(string name, string description)
    {
        var vectors = new Option<long>("--vectors") { Description = "Vectors to train on.", DefaultValueFactory = _ => 6_144_000 };
        var seed = new Option<ulong>("--seed") { Description = "Of everything that is random.", DefaultValueFactory = _ => 0 };
        var output = new Option<string>("--output") { Description = "The run's folder.", DefaultValueFactory = _ => Path.Combine(RunFolder.DefaultParent, "demo") };
        var overwrite = new Option<bool>("--overwrite") { Description = "Delete an older run in that folder." };
        var command = new Command(name, description)
        {
            vectors, seed, output, overwrite,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(
            Run(parsed.GetRequiredValue(output), parsed.GetValue(vectors), parsed.GetValue(seed), parsed.GetValue(overwrite), cancellation)));
        return command;
    }

    private static int Run(string output, long vectors, ulong seed, bool overwrite, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var run = DictionaryRun.Create(output, Config(vectors, seed), overwrite, command: "demo");
        if (!TrainCommand.TrainRun(run, cancellation))
        {
            return 130;
        }

        var trained = TrainedRun.Open(run);
        var settings = new AnalysisSettings { Sequences = EvaluationContexts, Seed = seed };
        ResultTables.Write(EvaluateCommand.Evaluate(trained, trained.HeldOutContexts(null, EvaluationContexts), settings, null, null, cancellation).Evaluation);
        AnalyzeCommand.Make(trained, RunAnalyses.Quick, settings, again: false, cancellation);
        ResultTables.Write(RunAnalyses.Concepts.Read(trained));
        foreach (RunAnalysis analysis in (RunAnalysis[])[RunAnalyses.LatentLayers, RunAnalyses.LayerVariance, RunAnalyses.AdjacentCosine])
        {
            AnalyzeCommand.Tell(analysis, trained);
        }

        Console.WriteLine($"Report: {RunReport.write(run)}   ({clock.Elapsed:m\\:ss} in all)");
        Console.WriteLine($"Not asked, as each takes longer (mlsae analyze <name>): {string.Join(", ", RunAnalyses.All.Except(RunAnalyses.Quick).Select(analysis => analysis.Name))}");
        return 0;
    }

    /// <summary>n = 2,048 and k = 16, sizes at which two cores need about two minutes.</summary>
    private static DictionaryRunConfig Config(long vectors, ulong seed) => new()
    {
        Model = ModelOption.Default,
        Data = TextData.Microworld,
        FirstDocument = TrainCommand.DocumentsOfModels,
        ContextLength = 256,
        Dictionaries = [new DictionaryPlan { Dictionary = Dictionary(seed), TotalTokens = (vectors + Layers - 1) / Layers }],
        Training = new TrainingConfig { BatchTokens = 512, LogEvery = 20, CheckpointEvery = 1000 },
    };
    private static TopKConfig Dictionary(ulong seed) => new()
    {
        ModelDim = 128,
        LatentCount = 2048,
        K = 16,
        AuxK = 64,
        DeadAfterTokens = 100_000,
        Adam = new AdamConfig { LearningRate = 1e-3, WarmUpSteps = 100, DecaySteps = 500 },
        Seed = seed,
    };
}

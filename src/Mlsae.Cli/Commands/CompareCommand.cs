using System.CommandLine;
using System.Diagnostics;
using Mlsae.Pipelines;
using Mlsae.Pipelines.Comparisons;
using Mlsae.Scripting;
using Mlsae.Storage;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae compare</c>: one multi-layer dictionary against one dictionary for each layer, at equal budget and equal L0.</summary>
internal static class CompareCommand
{
    private static readonly Option<string> Output = new("--output") { Description = "The run's folder. [default: runs/compare- and the time]" };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Delete an older run in that folder." };
    private static readonly Option<string> ResumeFrom = new("--resume") { Description = "The folder of a comparison to go on with; its own configuration is used." };

    public static Command Create(string name, string description)
    {
        var command = new Command(name, description);
        foreach (var option in CompareOptions.All)
        {
            command.Add(option);
        }

        command.Add(Output);
        command.Add(Overwrite);
        command.Add(ResumeFrom);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var run = parsed.GetValue(ResumeFrom) is { } folder ? Opened(folder) : Start(parsed);
        if (!run.IsFinished && !TrainCommand.TrainRun(run, cancellation))
        {
            Console.WriteLine($"To measure as well when it is trained: mlsae compare --resume {run.Path}");
            return 130;
        }

        var result = ConsoleProgress.Run("Measuring", show => DictionaryComparison.Measure(
            run, new SynchronousProgress<double>(done => show(done, "")), cancellation));
        ComparisonTables.WriteVerdicts(result);
        Console.WriteLine($"Numbers: {run.AnalysisPath("comparison")}");
        Console.WriteLine($"Report: {RunReport.write(run)}   ({clock.Elapsed:m\\:ss} in all)");
        return 0;
    }

    private static RunFolder Opened(string folder)
    {
        var run = RunFolder.Open(folder);
        return DictionaryRun.Config(run).Comparison is null ? throw new UsageException($"'{folder}' is no comparison's run.")
            : File.Exists(DictionaryComparison.PathOf(run)) ? throw new UsageException($"'{folder}' is finished; there is nothing to resume. Draw its page again with: mlsae report {folder}")
            : run;
    }

    private static RunFolder Start(ParseResult parsed)
    {
        var config = CompareOptions.RunConfig(parsed);
        ComparisonTables.WritePlan(config);
        CheckMemory(config);
        string output = parsed.GetValue(Output) ?? Path.Combine(RunFolder.DefaultParent, $"compare-{DateTime.Now:yyyyMMdd-HHmmss}");
        return DictionaryComparison.Create(output, config, parsed.GetValue(Overwrite));
    }

    private static void CheckMemory(DictionaryRunConfig config)
    {
        long needed = ComparisonTables.TrainingBytes(config), there = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > there)
        {
            throw new UsageException($"Training these side by side needs about {needed / 1e9:F1} GB of memory, and there are {there / 1e9:F1}: give fewer seeds (--seeds 1), or one point of the sweep at a time.");
        }
    }
}

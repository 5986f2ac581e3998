using System.CommandLine;
using Mlsae.Metrics;
using Mlsae.Pipelines;
using Mlsae.Storage;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae evaluate</c>: a trained dictionary on held-out text.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var run = new Argument<string?>("run") { Description = "A run's folder; the newest under runs/ without it.", Arity = ArgumentArity.ZeroOrOne };
        var data = new Option<string>("--data") { Description = "Text that was not trained on; the Microworld's held-out documents for a run on the Microworld." };
        var model = new Option<string>("--model") { Description = "The model, where it is elsewhere than it was in training." };
        var sequences = new Option<int>("--sequences") { Description = "Contexts to evaluate on; intervals are over them.", DefaultValueFactory = _ => 128 };
        var seed = new Option<ulong>("--seed") { Description = "Of the bootstrap.", DefaultValueFactory = _ => 0 };
        var command = new Command("evaluate", "Evaluate a run on held-out text: FVU, MSE, L0, L1, dead latents, and what the model loses when a layer is reconstructed.")
        {
            run, data, model, sequences, seed,
        };
        command.SetAction((parsed, cancellation) =>
        {
            int count = parsed.GetValue(sequences);
            var trained = TrainedRun.Open(RunFolder.OpenOrLatest(parsed.GetValue(run)), parsed.GetValue(model));
            var contexts = trained.HeldOutContexts(
                parsed.GetValue(data), count > 0 ? count : throw new UsageException($"--sequences is {count}; it must be at least 1."));
            var evaluation = Evaluate(trained, contexts, parsed.GetValue(seed), cancellation);
            ResultTables.Write(evaluation);
            Console.WriteLine($"Numbers: {trained.AnalysisPath("evaluation")}");
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>Evaluates behind a progress bar; used by the demo too.</summary>
    internal static EvaluationResult Evaluate(TrainedRun trained, IReadOnlyList<int[]> contexts, ulong seed, CancellationToken cancellation) =>
        ConsoleProgress.Run("Evaluating", show => trained.Evaluate(
            contexts, seed, new SynchronousProgress<double>(done => show(done, $"{contexts.Count} contexts")), cancellation)).Evaluation;
}

using System.CommandLine;
using Mlsae.Analysis;
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
        var command = new Command("evaluate", "Evaluate a run on held-out text: how well layers are reconstructed, what the model loses by it, and what the latents are like.")
        {
            run, data, model, sequences, seed,
        };
        command.SetAction((parsed, cancellation) =>
        {
            int count = parsed.GetValue(sequences);
            var trained = TrainedRun.Open(RunFolder.OpenOrLatest(parsed.GetValue(run)), parsed.GetValue(model));
            var contexts = trained.HeldOutContexts(
                parsed.GetValue(data), count > 0 ? count : throw new UsageException($"--sequences is {count}; it must be at least 1."));
            var (evaluation, latents, _) = Evaluate(trained, contexts, parsed.GetValue(seed), true, cancellation);
            ResultTables.Write(evaluation);
            ResultTables.Write(latents);
            Console.WriteLine($"Numbers: {trained.AnalysisPath("evaluation")}");
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>Evaluates behind a progress bar; used by the demo too.</summary>
    internal static (EvaluationResult Evaluation, LatentStatistics Latents, LayerDistributions Layers) Evaluate(
        TrainedRun trained, IReadOnlyList<int[]> contexts, ulong seed, bool ablations, CancellationToken cancellation) =>
        ConsoleProgress.Run("Evaluating", show => trained.Evaluate(
            contexts, seed, ablations, new SynchronousProgress<double>(done => show(done, $"{contexts.Count} contexts")), cancellation));
}

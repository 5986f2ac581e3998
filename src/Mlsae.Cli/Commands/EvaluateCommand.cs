using System.CommandLine;
using Mlsae.Analysis;
using Mlsae.Metrics;
using Mlsae.Pipelines;
using Mlsae.Pipelines.Analyses;
using Mlsae.Storage;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae evaluate</c>: the dictionaries of a run on held-out text.</summary>
internal static class EvaluateCommand
{
    private static readonly Argument<string?> Run = new("run") { Description = "A run's folder; the newest under runs/ without it.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string> Data = new("--data") { Description = "Text that was not trained on; the Microworld's held-out documents for a run on the Microworld." };
    private static readonly Option<string> Model = new("--model") { Description = "The model, where it is elsewhere than it was in training." };
    private static readonly Option<string> Dictionary = new("--dictionary") { Description = "Which of the run's dictionaries; all without it." };
    private static readonly Option<int> Sequences = new("--sequences") { Description = "Contexts to evaluate on; intervals are over them.", DefaultValueFactory = _ => 128 };
    private static readonly Option<int> LatentSequences = new("--latent-sequences") { Description = "Contexts on which latents are counted, where more than --sequences: densities below 1/tokens do not show." };
    private static readonly Option<int> Concepts = new("--concepts") { Description = "Documents of the Microworld on which latents are scored against its concepts; 0 for none." };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "Of the bootstrap.", DefaultValueFactory = _ => 0 };

    public static Command Create(string name, string description)
    {
        var command = new Command(name, description)
        {
            Run, Data, Model, Dictionary, Sequences, LatentSequences, Concepts, Seed,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Evaluate(parsed, cancellation)));
        return command;
    }

    /// <summary>Evaluates behind a progress bar; used by the demo too.</summary>
    internal static RunEvaluation Evaluate(
        TrainedRun trained, IReadOnlyList<int[]> contexts, AnalysisSettings settings, LayerAblations? ablations, IReadOnlyList<int[]>? furtherContexts, CancellationToken cancellation) =>
        ConsoleProgress.Run($"Evaluating {trained.Plan.Name}", show => RunEvaluation.Measure(
            trained, contexts, settings, ablations, furtherContexts, new SynchronousProgress<double>(done => show(done, $"{contexts.Count} contexts")), cancellation));

    private static int Evaluate(ParseResult parsed, CancellationToken cancellation)
    {
        var folder = RunFolder.OpenOrLatest(parsed.GetValue(Run));
        string? model = parsed.GetValue(Model);
        var dictionaries = parsed.GetValue(Dictionary) is { } name ? [TrainedRun.Open(folder, model, name)] : TrainedRun.OpenAll(folder, model);
        int count = Checked(Sequences, parsed.GetValue(Sequences), 1), concepts = Checked(Concepts, parsed.GetValue(Concepts), 0);
        var contexts = dictionaries[0].HeldOutContexts(parsed.GetValue(Data), Math.Max(count, parsed.GetValue(LatentSequences)));
        var (evaluated, further) = (contexts.Take(count).ToArray(), contexts.Skip(count).ToArray());
        var settings = new AnalysisSettings { Data = parsed.GetValue(Data), Seed = parsed.GetValue(Seed) };
        var ablations = dictionaries[0].Ablations(evaluated, cancellation);
        var rows = new List<EvaluationRow>();
        foreach (var trained in dictionaries)
        {
            var (evaluation, latents, _) = Evaluate(trained, evaluated, settings, ablations, further, cancellation);
            var scores = concepts > 0 ? ScoreConcepts(trained, concepts, settings.Seed, cancellation) : null;
            rows.Add(new EvaluationRow(trained.Plan.Name, trained.Dictionary, evaluation, scores?.Overall));
            if (dictionaries.Count == 1)
            {
                ResultTables.Write(evaluation);
                ResultTables.Write(latents);
            }
        }

        if (dictionaries.Count > 1 || concepts > 0)
        {
            ResultTables.Write(rows);
        }

        Console.WriteLine($"Numbers: {folder.AnalysisPath(RunEvaluation.Name)}");
        return 0;
    }

    private static ConceptScores ScoreConcepts(TrainedRun trained, int contexts, ulong seed, CancellationToken cancellation) =>
        ConsoleProgress.Run($"Scoring concepts of {trained.Plan.Name}", show => ConceptComparison.ScoreLatents(
            trained, contexts, seed, new SynchronousProgress<double>(done => show(done, "")), cancellation));

    private static int Checked(Option<int> option, int value, int smallest) =>
        value >= smallest ? value : throw new UsageException($"{option.Name} is {value}; it must be at least {smallest}.");
}

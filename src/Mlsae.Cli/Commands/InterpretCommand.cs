using System.CommandLine;
using Mlsae.Pipelines;
using Mlsae.Pipelines.Analyses;
using Mlsae.Pipelines.Interpretations;
using Mlsae.Storage;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae interpret</c>: language models behind an endpoint explain and simulate a dictionary's latents and what they are compared with.</summary>
internal static class InterpretCommand
{
    private static readonly Argument<string?> Run = new("run") { Description = "A run's folder; the newest under runs/ without it.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string> Data = new("--data") { Description = "Text that was not trained on; the Microworld's held-out documents for a run on the Microworld." };
    private static readonly Option<string> Model = new("--model") { Description = "The model that was trained on, where it is elsewhere than it was then." };
    private static readonly Option<string> Dictionary = new("--dictionary") { Description = "Which of the run's dictionaries; the first without it." };
    private static readonly Option<bool> Published = new("--published") { Description = "Take over the published code's ways: fragments are read without an end-of-text token before them, and may explain and score the same unit." };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "Of fragments, random records, baselines and the bootstrap.", DefaultValueFactory = _ => 0 };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say how much would be asked, and what it would cost at most." };

    public static Command Create(string name, string description)
    {
        var command = new Command(name, description)
        {
            Run, Data, Model, Dictionary, Published, Seed, DryRun,
        };
        foreach (var option in EndpointOptions.All.Concat(InterpretationOptions.All))
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellation) => Task.FromResult(Interpret(parsed, cancellation)));
        return command;
    }

    private static int Interpret(ParseResult parsed, CancellationToken cancellation)
    {
        var config = EndpointOptions.Config(parsed);
        var settings = Settings(parsed);
        var run = TrainedRun.Open(RunFolder.OpenOrLatest(parsed.GetValue(Run)), parsed.GetValue(Model), parsed.GetValue(Dictionary));
        var analysis = RunAnalyses.AutointerpBaselines;
        if (analysis.Hindrance(run) is { } hindrance)
        {
            throw new InvalidDataException(hindrance);
        }

        var harvested = ConsoleProgress.Run($"Gathering what units of {run.Plan.Name} do", show => analysis.Harvest(run, settings, new SynchronousProgress<double>(done => show(done, "")), cancellation));
        using var interpretation = new EndpointInterpretation(run, harvested, config);
        Tell(interpretation.Estimate(), config);
        if (parsed.GetValue(DryRun))
        {
            return 0;
        }

        var findings = ConsoleProgress.Run($"Asking {config.Explainer}", show => interpretation.InterpretAsync(
            settings, new SynchronousProgress<double>(done => show(done, Spent(interpretation, config))), cancellation).GetAwaiter().GetResult());
        analysis.Write(run, settings, findings, harvested);
        AnalyzeCommand.Tell(analysis, run);
        Console.WriteLine($"Spent now: {Spent(interpretation, config)}.");
        Console.WriteLine(findings.Result.IsComplete ? $"Numbers: {run.AnalysisPath(analysis.Name)}" : $"The cap on spend ended the work; the same command goes on from there. Numbers until then: {run.AnalysisPath(analysis.Name)}");
        return 0;
    }

    private static void Tell(SpendEstimate estimate, EndpointInterpretationConfig config)
    {
        string cost = estimate.Cost is { } most ? $", which cost at most {most:0.00}" : "; give --prices to see what they cost";
        Console.WriteLine($"{estimate.Units:N0} units, {estimate.Questions:N0} questions, of which {estimate.Known:N0} are answered already.");
        Console.WriteLine($"The others have at most about {estimate.InputTokens:N0} tokens, and their answers {estimate.OutputTokens:N0}{cost}. {Cap(config)}");
    }

    private static string Cap(EndpointInterpretationConfig config) => (config.Limits.Cost, config.Limits.Tokens) switch
    {
        (null, null) => "There is no cap (--max-cost, --max-tokens).",
        ({ } cost, null) => $"The cap is {cost:0.00}.",
        (null, { } tokens) => $"The cap is {tokens:N0} tokens.",
        ({ } cost, { } tokens) => $"The cap is {cost:0.00} and {tokens:N0} tokens.",
    };

    private static string Spent(EndpointInterpretation interpretation, EndpointInterpretationConfig config) =>
        config.Limits.Prices.Count > 0 ? $"{interpretation.SpentTokens:N0} tokens, cost {interpretation.SpentCost:0.00}" : $"{interpretation.SpentTokens:N0} tokens";

    private static AnalysisSettings Settings(ParseResult parsed) => new AnalysisSettings
    {
        Data = parsed.GetValue(Data),
        Seed = parsed.GetValue(Seed),
        Published = parsed.GetValue(Published),
        Interpretation = InterpretationOptions.Config(parsed),
    }.Validated();
}

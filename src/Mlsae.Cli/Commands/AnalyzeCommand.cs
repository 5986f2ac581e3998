using System.CommandLine;
using Mlsae.Pipelines;
using Mlsae.Pipelines.Analyses;
using Mlsae.Scripting;
using Mlsae.Storage;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae analyze</c>: questions about a run's dictionary, answered into its folder.</summary>
internal static class AnalyzeCommand
{
    private const string AllName = "all";

    private static readonly Argument<string> Name = new("name")
    {
        Description = $"What to ask: {AllName}, or one of {string.Join("; ", RunAnalyses.Known.Select(analysis => $"{analysis.Name} ({analysis.Question})"))}",
    };

    private static readonly Argument<string?> Run = new("run") { Description = "A run's folder; the newest under runs/ without it.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string> Data = new("--data") { Description = "Text that was not trained on; the Microworld's held-out documents for a run on the Microworld." };
    private static readonly Option<string> Model = new("--model") { Description = "The model, where it is elsewhere than it was in training." };
    private static readonly Option<string> Dictionary = new("--dictionary") { Description = "Which of the run's dictionaries; all without it." };
    private static readonly Option<int> Sequences = new("--sequences") { Description = "Contexts of text to look at.", DefaultValueFactory = _ => new AnalysisSettings().Sequences };
    private static readonly Option<int> RareSequences = new("--rare-sequences") { Description = "The same for what is about rare latents and kinds of text: specificity, token-chains, feature-splitting, universality.", DefaultValueFactory = _ => new AnalysisSettings().RareSequences };
    private static readonly Option<int> Permutations = new("--permutations") { Description = "layer-variance: shuffles of the layers for its null distribution; token-chains: draws of each kind of chance.", DefaultValueFactory = _ => new AnalysisSettings().Permutations };
    private static readonly Option<int[]> Latents = new("--latents")
    {
        Description = "latent-examples, token-histogram, logit-effects, causal-tree, steering: which latents. [default: those that tell concepts, a token or facts best, or the strongest]", AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string[]> Facts = new("--facts")
    {
        Description = "logit-effects, causal-tree, steering: the latents that tell these best, concepts of the Microworld or, as next:base64, of the next token.", AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Token = new("--token") { Description = "token-histogram: the token that latents are looked for by. [default: 's]" };
    private static readonly Option<string> Other = new("--other") { Description = "feature-splitting: which of the run's larger dictionaries. universality: a run of another model. [default: the next larger; the newest beside this run]" };
    private static readonly Option<string> Prompt = new("--prompt") { Description = "prompt-heatmap: the prompt.", DefaultValueFactory = _ => AnalysisSettings.DefaultPrompt };
    private static readonly Option<int> Concepts = new("--concepts") { Description = "concepts: documents of the Microworld to score on.", DefaultValueFactory = _ => new AnalysisSettings().ConceptContexts };
    private static readonly Option<bool> Published = new("--published") { Description = "Take over the published code's ways: codes are taken and counted before ReLU, every value that TopK kept; autointerp-baselines lets fragments that explain score too." };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "Of the bootstrap, shuffles and draws.", DefaultValueFactory = _ => 0 };
    private static readonly Option<bool> Again = new("--again") { Description = "Make anew what is there already, with these settings." };

    public static Command Create(string name, string description)
    {
        var command = new Command(name, description)
        {
            Name, Run, Data, Model, Dictionary, Sequences, RareSequences, Permutations, Latents, Facts, Token, Other, Prompt, Concepts, Published, Seed, Again,
        };
        foreach (var option in (Option[])[.. SteeringOptions.All, .. PatchingOptions.All, .. InterpretationOptions.All])
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellation) => Task.FromResult(Analyze(parsed, cancellation)));
        return command;
    }

    /// <summary>Makes analyses behind a progress bar; used by the demo too.</summary>
    internal static IReadOnlyList<RunAnalysis> Make(TrainedRun run, IReadOnlyList<RunAnalysis> wanted, AnalysisSettings settings, bool again, CancellationToken cancellation) =>
        ConsoleProgress.Run($"Analysing {run.Plan.Name}", show => AnalysisRunner.Run(
            run, wanted, settings, again, new SynchronousProgress<AnalysisProgress>(progress => show(progress.Done, progress.What)), cancellation));

    private static int Analyze(ParseResult parsed, CancellationToken cancellation)
    {
        string name = parsed.GetRequiredValue(Name);
        RunAnalysis? one = name == AllName ? null : RunAnalyses.Named(name);
        var settings = Settings(parsed);
        var folder = RunFolder.OpenOrLatest(parsed.GetValue(Run));
        string? model = parsed.GetValue(Model);
        var runs = parsed.GetValue(Dictionary) is { } dictionary ? [TrainedRun.Open(folder, model, dictionary)] : TrainedRun.OpenAll(folder, model);

        // Of several dictionaries the largest has none to be compared with: what can be asked of others is.
        foreach (var run in one is not null && runs.Any(run => one.Hindrance(run) is null) ? runs.Where(run => one.Hindrance(run) is null) : runs)
        {
            var wanted = one is not null ? [one] : Possible(run);
            var made = Make(run, wanted, settings, parsed.GetValue(Again), cancellation);
            foreach (var analysis in wanted)
            {
                Console.WriteLine($"{analysis.Name}{(made.Contains(analysis) ? "" : " (was there; --again makes it anew)")}: {run.AnalysisPath(analysis.Name)}");
                Tell(analysis, run);
            }
        }

        Console.WriteLine($"To draw all of it: mlsae report {folder.Path}");
        return 0;
    }

    /// <summary>All analyses that can be made of a run; why others cannot is said.</summary>
    private static RunAnalysis[] Possible(TrainedRun run)
    {
        foreach (var analysis in RunAnalyses.All)
        {
            if (analysis.Hindrance(run) is { } sentence)
            {
                Console.WriteLine($"Not made: {analysis.Name}. {sentence}");
            }
        }

        return [.. RunAnalyses.All.Where(analysis => analysis.Hindrance(run) is null), .. Splitting(run)];
    }

    /// <summary>Feature-splitting where the run has a larger dictionary; universality is asked by its name, as it needs another run.</summary>
    private static IEnumerable<RunAnalysis> Splitting(TrainedRun run) => RunAnalyses.FeatureSplitting.Hindrance(run) is null ? [RunAnalyses.FeatureSplitting] : [];

    /// <summary>Says what an analysis found; used by the demo too.</summary>
    internal static void Tell(RunAnalysis analysis, TrainedRun run)
    {
        foreach (string sentence in Answers.findings(analysis, run))
        {
            Console.WriteLine($"  {sentence}");
        }
    }

    private static AnalysisSettings Settings(ParseResult parsed) => new AnalysisSettings
    {
        Data = parsed.GetValue(Data),
        Sequences = parsed.GetValue(Sequences),
        RareSequences = parsed.GetValue(RareSequences),
        Seed = parsed.GetValue(Seed),
        Published = parsed.GetValue(Published),
        Permutations = parsed.GetValue(Permutations),
        Latents = parsed.GetValue(Latents) ?? [],
        Token = parsed.GetValue(Token),
        Other = parsed.GetValue(Other),
        Facts = parsed.GetValue(Facts) ?? [],
        Prompt = parsed.GetRequiredValue(Prompt),
        ConceptContexts = parsed.GetValue(Concepts),
        Steering = SteeringOptions.Config(parsed),
        Patching = PatchingOptions.Config(parsed),
        Interpretation = InterpretationOptions.Config(parsed),
    }.Validated();
}

using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;
using Mlsae.Cli.Commands;
using Mlsae.Numerics;

namespace Mlsae.Cli;

/// <summary>The command <c>mlsae</c>: its verbs, and what becomes of mistakes. Exit code 0 for success, 1 for failure, 2 for wrong usage, 130 when interrupted.</summary>
public static class CommandLine
{
    private static readonly Option<int> Threads = new("--threads")
    {
        Description = "Threads to compute on; results do not depend on it.",
        DefaultValueFactory = _ => Environment.ProcessorCount,
        Recursive = true,
    };

    private static readonly Option<bool> Verbose = new("--verbose") { Description = "Show the stack trace of a failure.", Recursive = true };

    /// <summary>Parses and runs one command line.</summary>
    /// <returns>the exit code</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Root(args).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            return Refuse($"{parsed.Errors[0].Message} See 'mlsae {string.Join(' ', args.TakeWhile(a => !a.StartsWith('-')).Take(2))} --help'.");
        }

        using var interrupted = new CancellationTokenSource();
        using var onInterrupt = CancelOn(PosixSignal.SIGINT, interrupted);
        using var onTerminate = CancelOn(PosixSignal.SIGTERM, interrupted);
        try
        {
            int threads = parsed.GetValue(Threads);
            Workers.Count = threads > 0 ? threads : throw new UsageException($"--threads is {threads}; it must be at least 1.");
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, interrupted.Token);
        }
        catch (Exception problem)
        {
            return Report(problem, parsed.GetValue(Verbose));
        }
    }

    private static readonly Verb[] Verbs =
    [
        new("demo", $"Train an MLSAE on the six layers of {ModelOption.Default}, evaluate it, score it against known concepts, write the report.", DemoCommand.Create),
        new("train", "Train a dictionary, or several side by side on one pass of the model, into a run folder.", TrainCommand.Create),
        new("compare", "Compare one multi-layer dictionary with one dictionary per layer at equal budget: several seeds, paired intervals, a verdict for each metric and layer.", CompareCommand.Create),
        new("evaluate", "Evaluate a run on held-out text: how well layers are reconstructed, what the model loses by it, and what the latents are like.", EvaluateCommand.Create),
        new("analyze", "Ask questions of a run's dictionary; the numbers go into its folder, and what is there already is not made again.", AnalyzeCommand.Create),
        new("interpret", "Let language models behind an OpenAI-compatible endpoint explain latents and simulate them from the explanations, and score that. Every answer is kept: after a stop the same command goes on from there. (Without an endpoint: mlsae analyze autointerp-baselines.)", InterpretCommand.Create),
        new("report", "Write report/index.html of a run from the numbers in its folder.", ReportCommand.Create),
        new("info", "Say what a run, model, dictionary or safetensors file is.", InfoCommand.Create),
        new("harvest", "Run a model on token ids and write its activations: embed, layers.{i}.attn_out|mlp_act|mlp_out|resid_post, final_ln, logits.", HarvestCommand.Create),
        new("tokenize", $"Write the token ids of a text as '{TokenizeCommand.TensorName}' (I64 [n]) to a safetensors file; no special tokens are added.", TokenizeCommand.Create),
        new("toy", "Train dictionaries on data whose features are known, and see which they find.", ToyCommand.Create),
        new("lm", "Train small language models, and sample from any.", LanguageModelCommand.Create),
        new("bench", "Measure speed and memory on this machine, in turns with PyTorch where there is one.", BenchCommand.Create),
    ];

    /// <summary>The root with its verbs. Options are made of the verb alone that the command line names: making them all would take most of the time of a short command.</summary>
    private static Command Root(string[] args)
    {
        var root = new Command("mlsae", "Train multi-layer sparse autoencoders on transformers, and see what they found.") { new HelpOption(), new VersionOption(), Threads, Verbose };
        foreach (var verb in Verbs)
        {
            root.Add(args.Contains(verb.Name) ? verb.Create(verb.Name, verb.Description) : new Command(verb.Name, verb.Description));
        }

        return root;
    }

    /// <summary>The first signal asks for a clean end; a second one ends the process as usual.</summary>
    private static PosixSignalRegistration CancelOn(PosixSignal signal, CancellationTokenSource source) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = !source.IsCancellationRequested;
            source.Cancel();
        });

    private static int Report(Exception problem, bool verbose)
    {
        if (problem is AggregateException { InnerExceptions: [var only] })
        {
            return Report(only, verbose);
        }

        if (verbose)
        {
            Console.Error.WriteLine(problem);
        }

        return problem switch
        {
            OperationCanceledException => Fail(problem.Message, 130),
            UsageException => Refuse(problem.Message),
            ArgumentException argument => Refuse(WithoutParameterName(argument)),
            InvalidDataException or IOException or UnauthorizedAccessException or FormatException => Fail(problem.Message, 1),
            _ => Fail($"Unexpected {problem.GetType().Name}: {problem.Message} (--verbose shows where.)", 1),
        };
    }

    private static int Refuse(string sentence) => Fail(sentence, 2);

    private static int Fail(string sentence, int exitCode)
    {
        Console.Error.WriteLine($"mlsae: {sentence}");
        return exitCode;
    }

    private static string WithoutParameterName(ArgumentException problem) =>
        problem.ParamName is { } name ? problem.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : problem.Message;
}

/// <summary>Something was asked for in a way that cannot be done; the message is one sentence that says what would be right.</summary>
public sealed class UsageException(string sentence) : Exception(sentence);

/// <summary>A verb of the command line.</summary>
/// <param name="Name">as it is typed</param>
/// <param name="Description">a sentence for the help</param>
/// <param name="Create">makes it with its options, from name and description</param>
internal sealed record Verb(string Name, string Description, Func<string, string, Command> Create);

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
        var parsed = Root().Parse(args);
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

    private static Command Root() => new("mlsae", "Train multi-layer sparse autoencoders on transformers, and see what they found.")
    {
        new HelpOption(), new VersionOption(), Threads, Verbose,
        DemoCommand.Create(), TrainCommand.Create(), CompareCommand.Create(), EvaluateCommand.Create(), AnalyzeCommand.Create(), InterpretCommand.Create(), ReportCommand.Create(), InfoCommand.Create(), HarvestCommand.Create(), TokenizeCommand.Create(), ToyCommand.Create(), LanguageModelCommand.Create(), BenchCommand.Create(),
    };

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

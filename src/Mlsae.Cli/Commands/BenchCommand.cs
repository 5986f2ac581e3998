using System.CommandLine;
using System.Globalization;
using Mlsae.Benchmarks;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae bench</c>: how fast this machine trains, beside PyTorch where there is one.</summary>
internal static class BenchCommand
{
    private const string Contestant = "contestant";

    private static readonly Argument<string[]> Groups = new("part")
    {
        Description = $"What to measure: {string.Join(", ", BenchmarkSuite.Groups)}. [default: all]", Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string[]> Sizes = new("--size")
    {
        Description = "Only these sizes: A, B, C, D of dictionaries; 128, 512, 2048 of contexts. [default: all]", AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Python = new("--python")
    {
        Description = "A Python with PyTorch to run beside, as program and arguments; 'none' for none.", DefaultValueFactory = _ => "python3",
    };

    private static readonly Option<int> Rounds = new("--rounds") { Description = "Turns of each contestant.", DefaultValueFactory = _ => 9 };
    private static readonly Option<string?> Output = new("--output") { Description = "A Markdown file for the tables, or a folder, where the file is named after the processor. [default: shown only]" };
    private static readonly Option<bool> Toy = new("--toy") { Description = "Toy sizes and one round, to see that everything runs." };

    public static Command Create(string name, string description)
    {
        var command = new Command(name, description) { Groups, Sizes, Python, Rounds, Output, Toy, Serve() };
        command.SetAction((parsed, cancellation) => Task.FromResult(Measure(parsed, cancellation)));
        return command;
    }

    /// <summary>What the processes of ours are started with.</summary>
    private static Command Serve()
    {
        var workload = new Argument<string>("workload");
        var size = new Argument<string>("size");
        var threads = new Argument<int>("threads");
        var warmUp = new Argument<double>("warm-up");
        var turn = new Argument<double>("turn");
        var command = new Command(Contestant, "Runs one workload whenever a line asks for it.") { workload, size, threads, warmUp, turn };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            Workers.Count = parsed.GetValue(threads);
            TurnServer.Serve(
                () => Workloads.Make(parsed.GetRequiredValue(workload), parsed.GetRequiredValue(size), OwnCommand.Parts), parsed.GetValue(warmUp), parsed.GetValue(turn), Console.In, Console.Out);
        });
        return command;
    }

    private static int Measure(ParseResult parsed, CancellationToken cancellation)
    {
        string[] groups = parsed.GetValue(Groups) ?? [], sizes = [.. (parsed.GetValue(Sizes) ?? []).SelectMany(size => size.Split(','))];
        bool toy = parsed.GetValue(Toy);
        int rounds = parsed.GetValue(Rounds);
        if (groups.FirstOrDefault(group => !BenchmarkSuite.Groups.Contains(group)) is { } unknown)
        {
            throw new UsageException($"There is nothing called '{unknown}' to measure; there are {string.Join(", ", BenchmarkSuite.Groups)}.");
        }

        Benchmark[] asked = [.. BenchmarkSuite.All(toy).Where(one => (groups.Length == 0 || groups.Contains(one.Group)) && (sizes.Length == 0 || sizes.Contains(one.Ours.Size)))];
        if (asked.Length == 0 || rounds < 1)
        {
            throw new UsageException(rounds < 1 ? $"--rounds is {rounds}; it must be at least 1." : $"Nothing of size {string.Join(", ", sizes)} is measured there.");
        }

        string[] python = parsed.GetRequiredValue(Python) is "none" or "" ? [] : parsed.GetRequiredValue(Python).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string? torch = toy || python.Length == 0 ? null : PeerScript.Version(python);
        if (torch is null && python.Length > 0 && !toy)
        {
            Console.WriteLine($"'{string.Join(' ', python)}' has no PyTorch: ours is measured alone.");
        }

        var run = new BenchmarkRun
        {
            OwnCommand = [.. OwnCommand.Parts, "bench", Contestant], Python = torch is null ? [] : python, Threads = Workers.Count, Rounds = toy ? 1 : rounds,
            TurnSeconds = toy ? 0 : 0.3, WarmUpSeconds = toy ? 0 : 1,
        };
        var results = new List<BenchmarkResult>();
        foreach (var benchmark in asked)
        {
            var result = run.Run(benchmark, cancellation);
            results.Add(result);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{results.Count}/{asked.Length} {BenchmarkReport.Line(result)}"));
        }

        var machine = Machine.Current(run.Threads);
        string text = BenchmarkReport.Markdown(machine, torch, run, Again(groups, sizes, torch is null ? [] : python, run.Rounds), results);

        // Toy figures are no machine's: they do not take the place of its file.
        if (parsed.GetValue(Output) is { } output && !(toy && Directory.Exists(output)))
        {
            string path = Directory.Exists(output) ? Path.Combine(output, machine.FileName) : output;
            AtomicFile.WriteText(path, text);
            Console.WriteLine($"Tables in {path}");
        }
        else
        {
            Console.WriteLine();
            Console.Write(text);
        }

        return 0;
    }

    /// <summary>The command line that measures the same again; of the Python its name alone, not where it lies on this machine.</summary>
    private static string Again(string[] groups, string[] sizes, string[] python, int rounds) => string.Join(
        ' ', ["mlsae bench", .. groups, .. sizes.Select(size => $"--size {size}"), python.Length > 0 ? $"--python \"{python[^1]}\"" : "--python none", $"--rounds {rounds}"]);
}

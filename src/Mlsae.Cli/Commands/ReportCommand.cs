using System.CommandLine;
using Mlsae.Scripting;
using Mlsae.Storage;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae report</c>: the page of a run, drawn again from its numbers.</summary>
internal static class ReportCommand
{
    public static Command Create(string name, string description)
    {
        var run = new Argument<string?>("run") { Description = "A run's folder; the newest under runs/ without it.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command(name, description) { run };
        command.SetAction(parsed => Console.WriteLine($"Report: {RunReport.write(RunFolder.OpenOrLatest(parsed.GetValue(run)))}"));
        return command;
    }
}

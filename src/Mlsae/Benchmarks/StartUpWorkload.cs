using System.Diagnostics;

namespace Mlsae.Benchmarks;

/// <summary>Starting a program and waiting for it to end.</summary>
/// <param name="command">the program and its arguments</param>
internal sealed class StartUpWorkload(IReadOnlyList<string> command) : Workload
{
    /// <inheritdoc/>
    public override double Units => 1;

    /// <inheritdoc/>
    public override void Run()
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"'{command[0]}' did not start.");
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
    }
}

using System.Diagnostics;
using System.Text.Json;
using Mlsae.Storage;

namespace Mlsae.Benchmarks;

/// <summary>A contestant's process, asked for one turn after the other.</summary>
internal sealed class RunningContestant : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <param name="contestant">who</param>
    /// <param name="command">the program and its arguments</param>
    /// <param name="cancellation">ends the wait</param>
    /// <exception cref="IOException">It ended before it was ready; the message has the last line of its errors.</exception>
    public RunningContestant(Contestant contestant, IReadOnlyList<string> command, CancellationToken cancellation)
    {
        Contestant = contestant;
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start) ?? throw new IOException($"'{command[0]}' did not start.");
        _errors = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            Answer<TurnTime>(cancellation);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Who runs.</summary>
    public Contestant Contestant { get; }

    /// <summary>One turn: the seconds of one run.</summary>
    /// <exception cref="IOException">The process ended.</exception>
    public double Turn(CancellationToken cancellation)
    {
        _process.StandardInput.WriteLine(TurnServer.Turn);
        return Answer<TurnTime>(cancellation).Seconds;
    }

    /// <summary>Ends it.</summary>
    /// <returns>what it says at the end</returns>
    /// <exception cref="IOException">The process ended before.</exception>
    public WorkloadReport End(CancellationToken cancellation)
    {
        _process.StandardInput.WriteLine(TurnServer.End);
        return Answer<WorkloadReport>(cancellation);
    }

    /// <summary>Ends the process if it still runs.</summary>
    public void Dispose()
    {
        if (!_process.HasExited && !_process.WaitForExit(TimeSpan.FromSeconds(1)))
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private T Answer<T>(CancellationToken cancellation)
    {
        string? line = _process.StandardOutput.ReadLineAsync(cancellation).AsTask().GetAwaiter().GetResult();
        if (line is null)
        {
            string last = _errors.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it said nothing";
            throw new IOException($"The process of {Contestant.Name} ended: {last}.");
        }

        return JsonSerializer.Deserialize<T>(line, JsonFile.SnakeCase) ?? throw new IOException($"The process of {Contestant.Name} answered nothing.");
    }
}

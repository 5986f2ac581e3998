namespace Mlsae.Benchmarks;

/// <summary>Runs benchmarks: every contestant a process of its own, taking turns.</summary>
public sealed record BenchmarkRun
{
    // Libraries keep their threads spinning for a while after a call; a pause lets them sleep before another's turn.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(60);

    /// <summary>How a contestant of ours is started: what comes before workload, size, threads, seconds of warm-up and of a turn.</summary>
    public required IReadOnlyList<string> OwnCommand { get; init; }

    /// <summary>A Python with PyTorch, as program and arguments; empty for no peers.</summary>
    public IReadOnlyList<string> Python { get; init; } = [];

    /// <summary>Threads of every contestant that does not say otherwise.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>How often each has its turn.</summary>
    public int Rounds { get; init; } = 9;

    /// <summary>How long a turn lasts at least, in seconds.</summary>
    public double TurnSeconds { get; init; } = 0.3;

    /// <summary>How long each runs before the first turn, in seconds.</summary>
    public double WarmUpSeconds { get; init; } = 1;

    /// <summary>Measures one benchmark.</summary>
    /// <exception cref="IOException">A contestant's process ended.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public BenchmarkResult Run(Benchmark benchmark, CancellationToken cancellation)
    {
        Rival[] rivals = [.. benchmark.Rivals.Where(rival => rival.Contestant.Peer is null || Python.Count > 0)];
        var running = new List<RunningContestant>();
        try
        {
            foreach (var contestant in rivals.Select(rival => rival.Contestant).Prepend(benchmark.Ours))
            {
                running.Add(new RunningContestant(contestant, Command(contestant), cancellation));
            }

            var seconds = running.Select(_ => new List<double>()).ToArray();
            for (int round = 0; round < Rounds; round++)
            {
                for (int i = 0; i < running.Count; i++)
                {
                    cancellation.WaitHandle.WaitOne(Pause);
                    seconds[i].Add(running[i].Turn(cancellation));
                }
            }

            ContestantResult[] results = [.. running.Select((one, i) => new ContestantResult(one.Contestant, seconds[i], one.End(cancellation)))];
            return new BenchmarkResult(benchmark, results[0], [.. rivals.Select((rival, i) => RivalResult.Of(rival, results[0], results[i + 1]))]);
        }
        finally
        {
            running.ForEach(one => one.Dispose());
        }
    }

    private IReadOnlyList<string> Command(Contestant contestant)
    {
        string threads = FormattableString.Invariant($"{contestant.Threads ?? Threads}");
        string[] times = [FormattableString.Invariant($"{WarmUpSeconds}"), FormattableString.Invariant($"{TurnSeconds}")];
        return contestant.Peer is null
            ? [.. OwnCommand, contestant.Workload, contestant.Size, threads, .. times]
            : [.. Python, "-c", PeerScript.Text, threads, .. times, .. contestant.PeerArguments()];
    }
}

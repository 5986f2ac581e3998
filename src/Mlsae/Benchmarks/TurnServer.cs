using System.Diagnostics;
using System.Text.Json;
using Mlsae.Storage;

namespace Mlsae.Benchmarks;

/// <summary>
/// Runs a workload in a process of its own whenever it is its turn: a line "turn" on the input is answered by the seconds of one run, "end" by what else there is to say. So
/// libraries that each want all processors can be timed in turns, and memory is each one's own.
/// </summary>
public static class TurnServer
{
    /// <summary>Asks for a turn.</summary>
    public const string Turn = "turn";

    /// <summary>Asks for the rest, and ends.</summary>
    public const string End = "end";

    private const int LeastWarmUpCalls = 2;

    /// <summary>The JIT replaces a method's first code after some tens of calls.</summary>
    private const int MostWarmUpCalls = 60;

    /// <summary>Serves until the input ends.</summary>
    /// <param name="make">makes the workload; its memory counts as the workload's</param>
    /// <param name="warmUpSeconds">how long it runs before the first turn</param>
    /// <param name="turnSeconds">how long a turn lasts at least</param>
    /// <param name="input">lines that ask</param>
    /// <param name="output">one line of JSON for each answer; the first when the workload is ready</param>
    public static void Serve(Func<Workload> make, double warmUpSeconds, double turnSeconds, TextReader input, TextWriter output)
    {
        double empty = PeakMebibytes();
        using var work = make();
        var watch = Stopwatch.StartNew();
        for (int call = 0; call < LeastWarmUpCalls || (call < MostWarmUpCalls && watch.Elapsed.TotalSeconds < warmUpSeconds); call++)
        {
            work.Run();
        }

        work.ResetStages();
        long calls = 0, allocated = 0;
        Answer(output, new TurnTime(watch.Elapsed.TotalSeconds));
        while (input.ReadLine() is { } line)
        {
            if (line == End)
            {
                Answer(output, new WorkloadReport(
                    work.Units, work.Flops, Math.Max(0, PeakMebibytes() - empty), work.Stages, work.Remark, allocated / (double)Math.Max(1, calls)));
                return;
            }

            long before = GC.GetTotalAllocatedBytes(precise: true);
            var (seconds, runs) = Time(work, turnSeconds);
            allocated += GC.GetTotalAllocatedBytes(precise: true) - before;
            calls += runs;
            Answer(output, new TurnTime(seconds));
        }
    }

    private static (double Seconds, int Runs) Time(Workload work, double turnSeconds)
    {
        long start = Stopwatch.GetTimestamp();
        int runs = 0;
        do
        {
            work.Run();
            runs++;
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < turnSeconds);
        return (Stopwatch.GetElapsedTime(start).TotalSeconds / runs, runs);
    }

    private static void Answer<T>(TextWriter output, T message)
    {
        output.WriteLine(JsonSerializer.Serialize(message, JsonFile.SnakeCase).ReplaceLineEndings(" "));
        output.Flush();
    }

    private static double PeakMebibytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1048576.0;
    }
}

/// <summary>The answer to a turn.</summary>
/// <param name="Seconds">of one run, the mean over those of the turn</param>
internal sealed record TurnTime(double Seconds);

/// <summary>What a workload has to say at the end.</summary>
/// <param name="Units">vectors, tokens or calls of one run</param>
/// <param name="Flops">floating-point operations that are counted of one run; 0 for none</param>
/// <param name="PeakMebibytes">the process's largest memory beyond what it had before the workload was made</param>
/// <param name="Stages">shares of the time; empty where not told apart</param>
/// <param name="Remark">what else should be known</param>
/// <param name="AllocatedBytes">managed memory that one run allocates on all threads; null where that is not known</param>
public sealed record WorkloadReport(double Units, double Flops, double PeakMebibytes, IReadOnlyList<StageShare> Stages, string? Remark = null, double? AllocatedBytes = null);

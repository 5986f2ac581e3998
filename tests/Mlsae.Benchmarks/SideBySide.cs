using System.Diagnostics;

namespace Mlsae.Benchmarks;

/// <summary>Times several ways of doing the same work in turns, A B C A B C ..., so that a machine that changes its speed changes it for all of them.</summary>
internal static class SideBySide
{
    // Libraries keep their threads spinning for a while after a call; a pause lets them sleep before another library's turn.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(60);

    /// <summary>The seconds of one call of each way: the median over its turns, and the best, which other work on the machine disturbs least.</summary>
    /// <param name="rounds">how often each way has its turn</param>
    /// <param name="secondsPerTurn">how long a turn is, at least one call</param>
    /// <param name="ways">the work, each with a name</param>
    public static (double Median, double Best)[] Time(int rounds, double secondsPerTurn, params (string Name, Action Work)[] ways)
    {
        int[] calls = [.. ways.Select(way => CallsPerTurn(way.Work, secondsPerTurn))];
        var seconds = ways.Select(_ => new List<double>()).ToArray();
        for (int round = 0; round < rounds; round++)
        {
            for (int way = 0; way < ways.Length; way++)
            {
                Thread.Sleep(Pause);
                seconds[way].Add(Turn(ways[way].Work, calls[way]));
            }
        }

        return [.. seconds.Select(turns => (ContestantResult.MedianOf(turns), turns.Min()))];
    }

    private static int CallsPerTurn(Action work, double seconds)
    {
        // The JIT replaces a method's first code after some tens of calls.
        var watch = Stopwatch.StartNew();
        int calls = 0;
        while (calls < 2 || (calls < 200 && watch.Elapsed.TotalSeconds < 0.3))
        {
            work();
            calls++;
        }

        return Math.Max(1, (int)(seconds / Turn(work, 1)));
    }

    private static double Turn(Action work, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
        {
            work();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / calls;
    }
}

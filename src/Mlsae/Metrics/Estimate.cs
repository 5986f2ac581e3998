using Mlsae.Numerics;

namespace Mlsae.Metrics;

/// <summary>A number with its uncertainty.</summary>
/// <param name="Mean">the value on all the data</param>
/// <param name="Low">lower end of the 95 % interval; null where none is defined</param>
/// <param name="High">upper end of the 95 % interval; null where none is defined</param>
/// <param name="N">how many units (sequences, latents, concepts) the interval is over</param>
public sealed record Estimate(double Mean, double? Low, double? High, int N)
{
    /// <summary>A number without an interval.</summary>
    public static Estimate Exact(double value, int n) => new(value, null, null, n);
}

/// <summary>The percentile bootstrap (Efron 1979): statistics recomputed on units drawn with replacement.</summary>
public static class Bootstrap
{
    /// <summary>Resamples that an interval is taken from.</summary>
    public const int Resamples = 1000;

    /// <summary>Values of several statistics on all units, each with the 2.5th and 97.5th percentile over resamples.</summary>
    /// <param name="units">number of units, such as sequences; fewer than two give no interval</param>
    /// <param name="seed">of the draws</param>
    /// <param name="statistics">the statistics of the units whose indices it is given, the same unit perhaps several times; must be callable from several threads</param>
    public static Estimate[] Estimates(int units, ulong seed, Func<int[], double[]> statistics)
    {
        double[] values = statistics([.. Enumerable.Range(0, units)]);
        if (units < 2)
        {
            return [.. values.Select(value => Estimate.Exact(value, units))];
        }

        var resampled = new double[Resamples][];
        Workers.For(Resamples, i => resampled[i] = statistics(Draw(units, seed, "bootstrap", i)));
        return [.. values.Select((value, s) => Interval(value, [.. resampled.Select(r => r[s])], units))];
    }

    /// <summary>As many units as there are, drawn with replacement.</summary>
    internal static int[] Draw(int units, ulong seed, string purpose, int resample)
    {
        var random = new Philox(seed, purpose, (ulong)resample);
        var indices = new int[units];
        for (int i = 0; i < units; i++)
        {
            indices[i] = random.NextInt32(units);
        }

        return indices;
    }

    private static Estimate Interval(double value, double[] resampled, int units)
    {
        Array.Sort(resampled);
        return new Estimate(value, Percentile(resampled, 0.025), Percentile(resampled, 0.975), units);
    }

    /// <summary>The value at a fraction of the sorted sample, linear between neighbours.</summary>
    internal static double Percentile(double[] sorted, double fraction)
    {
        double position = fraction * (sorted.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
}

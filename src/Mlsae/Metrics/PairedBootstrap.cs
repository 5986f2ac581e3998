using Mlsae.Numerics;

namespace Mlsae.Metrics;

/// <summary>A statistic of two arms and the difference between them. Intervals are over seeds and units together.</summary>
/// <param name="First">the first arm, mean over seeds</param>
/// <param name="Second">the second arm, mean over seeds</param>
/// <param name="Difference">second less first</param>
/// <param name="Family">the difference with an interval so wide that all of the family's hold together in 95 % of cases (Bonferroni)</param>
public sealed record PairedEstimate(Estimate First, Estimate Second, Estimate Difference, Estimate Family);

/// <summary>What a paired bootstrap draws from.</summary>
public sealed record PairedDesign
{
    /// <summary>Seeds of each arm; the first of one goes with the first of the other.</summary>
    public required int Seeds { get; init; }

    /// <summary>Units of the first arm, such as sequences.</summary>
    public required int Units { get; init; }

    /// <summary>Units of the second arm where they are others, such as latents; null where both arms have the same units, which are then drawn once for both.</summary>
    public int? UnitsOfSecond { get; init; }

    /// <summary>How many intervals are looked at together.</summary>
    public int FamilySize { get; init; } = 1;

    /// <summary>Seed of the draws.</summary>
    public ulong Seed { get; init; }
}

/// <summary>
/// The paired bootstrap on two levels: each resample draws seeds with replacement, the same for both arms, and units with replacement, and takes the difference of the arms' means over
/// the drawn seeds. What both arms share, such as hard sequences, cancels in the difference. Intervals are percentiles (Efron 1979; two levels: Davison and Hinkley 1997, section 3.8).
/// </summary>
/// <remarks>With few seeds the spread between them is understated, by the factor (S − 1) / S of its variance; with one it is not seen at all.</remarks>
public static class PairedBootstrap
{
    /// <summary>Resamples that an interval is taken from: enough for the tails that a family of a few dozen intervals needs.</summary>
    public const int Resamples = 10_000;

    private const double Tail = 0.025;

    /// <summary>Several statistics of two arms.</summary>
    /// <param name="design">what is drawn from; fewer than two units give no intervals</param>
    /// <param name="first">the statistics of a seed on units whose indices it is given, the same unit perhaps several times; must be callable from several threads</param>
    /// <param name="second">the same of the second arm</param>
    public static PairedEstimate[] Estimates(PairedDesign design, Func<int, int[], double[]> first, Func<int, int[], double[]> second)
    {
        int[] seeds = [.. Enumerable.Range(0, design.Seeds)];
        double[] a = OverSeeds(seeds, [.. Enumerable.Range(0, design.Units)], first);
        double[] b = OverSeeds(seeds, [.. Enumerable.Range(0, design.UnitsOfSecond ?? design.Units)], second);
        Require.Equal(a.Length, b.Length);
        bool spreads = Math.Min(design.Units, design.UnitsOfSecond ?? design.Units) >= 2;
        var drawn = new (double[] First, double[] Second)[spreads ? Resamples : 0];
        Workers.For(drawn.Length, i => drawn[i] = Resample(design, i, first, second));
        return [.. a.Select((_, s) => Summary(
            design, a[s], b[s], [.. drawn.Select(pair => pair.First[s])], [.. drawn.Select(pair => pair.Second[s])]))];
    }

    private static (double[] First, double[] Second) Resample(
        PairedDesign design, int resample, Func<int, int[], double[]> first, Func<int, int[], double[]> second)
    {
        int[] seeds = Bootstrap.Draw(design.Seeds, design.Seed, "paired bootstrap, seeds", resample);
        int[] units = Bootstrap.Draw(design.Units, design.Seed, "paired bootstrap, units", resample);
        int[] others = design.UnitsOfSecond is { } count ? Bootstrap.Draw(count, design.Seed, "paired bootstrap, units of the second arm", resample) : units;
        return (OverSeeds(seeds, units, first), OverSeeds(seeds, others, second));
    }

    /// <summary>Means over the drawn seeds, each of which is looked at once.</summary>
    private static double[] OverSeeds(int[] seeds, int[] units, Func<int, int[], double[]> statistics)
    {
        var means = Array.Empty<double>();
        foreach (var seed in seeds.GroupBy(seed => seed).OrderBy(group => group.Key))
        {
            double[] values = statistics(seed.Key, units);
            means = means.Length == 0 ? new double[values.Length] : means;
            for (int i = 0; i < values.Length; i++)
            {
                means[i] += values[i] * seed.Count() / seeds.Length;
            }
        }

        return means;
    }

    private static PairedEstimate Summary(PairedDesign design, double first, double second, double[] firsts, double[] seconds)
    {
        double[] differences = [.. firsts.Zip(seconds, (a, b) => b - a)];
        foreach (double[] sample in new[] { firsts, seconds, differences })
        {
            Array.Sort(sample);
        }

        return new PairedEstimate(
            Interval(first, firsts, Tail, design.Units),
            Interval(second, seconds, Tail, design.UnitsOfSecond ?? design.Units),
            Interval(second - first, differences, Tail, design.Units),
            Interval(second - first, differences, Tail / design.FamilySize, design.Units));
    }

    private static Estimate Interval(double value, double[] sorted, double tail, int units) => sorted.Length == 0
        ? Estimate.Exact(value, units)
        : new Estimate(value, Bootstrap.Percentile(sorted, tail), Bootstrap.Percentile(sorted, 1 - tail), units);
}

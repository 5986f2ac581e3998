namespace Mlsae.Benchmarks;

/// <summary>How one contestant did.</summary>
/// <param name="Contestant">who</param>
/// <param name="Seconds">[rounds] of one run, in each round</param>
/// <param name="Report">what it said at the end</param>
public sealed record ContestantResult(Contestant Contestant, IReadOnlyList<double> Seconds, WorkloadReport Report)
{
    /// <summary>Median seconds of one run.</summary>
    public double Median => MedianOf(Seconds);

    /// <summary>The least seconds of one run, which other work on the machine disturbs least.</summary>
    public double Best => Seconds.Min();

    /// <summary>Units a second at the median.</summary>
    public double UnitsPerSecond => Report.Units / Median;

    /// <summary>10⁹ floating-point operations a second at the median.</summary>
    public double Gigaflops => Report.Flops / Median * 1e-9;

    /// <summary>The median.</summary>
    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>Our speed over a rival's, round by round: each round's two turns follow each other, so a machine that changes its speed changes both.</summary>
/// <param name="Rival">whom we are compared with</param>
/// <param name="Result">how it did</param>
/// <param name="Ratios">[rounds] our speed over its</param>
public sealed record RivalResult(Rival Rival, ContestantResult Result, IReadOnlyList<double> Ratios)
{
    /// <summary>The median ratio.</summary>
    public double Ratio => ContestantResult.MedianOf(Ratios);

    /// <summary>Whether the median ratio meets the bar.</summary>
    public bool MeetsBar => Rival.Bar.IsMetBy(Ratio);

    /// <summary>Compares.</summary>
    public static RivalResult Of(Rival rival, ContestantResult ours, ContestantResult theirs)
    {
        double work = rival.ByFlops ? ours.Report.Flops / theirs.Report.Flops : ours.Report.Units / theirs.Report.Units;
        return new RivalResult(rival, theirs, [.. ours.Seconds.Zip(theirs.Seconds, (our, their) => work * their / our)]);
    }
}

/// <summary>What one benchmark measured.</summary>
/// <param name="Benchmark">which</param>
/// <param name="Ours">how our work did</param>
/// <param name="Rivals">each rival that ran</param>
public sealed record BenchmarkResult(Benchmark Benchmark, ContestantResult Ours, IReadOnlyList<RivalResult> Rivals);

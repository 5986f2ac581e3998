using System.Globalization;
using System.Text;

namespace Mlsae.Benchmarks;

/// <summary>Results as Markdown.</summary>
public static class BenchmarkReport
{
    /// <summary>All tables.</summary>
    /// <param name="machine">what was measured on</param>
    /// <param name="torch">the version of PyTorch, or null where there was none</param>
    /// <param name="run">how it was measured</param>
    /// <param name="command">the command line that measures it again</param>
    /// <param name="results">what was measured</param>
    public static string Markdown(Machine machine, string? torch, BenchmarkRun run, string command, IReadOnlyList<BenchmarkResult> results)
    {
        var text = new StringBuilder();
        text.Append(Invariant($"# {machine.Processor}\n\n"));
        text.Append(Invariant($"{machine.Vectors}, {machine.Threads} threads, .NET {Environment.Version}, {(torch is null ? "without PyTorch" : $"beside PyTorch {torch}")}. "));
        text.Append(Invariant($"Each contestant is a process of its own; they take turns of {run.TurnSeconds:0.##} s, {run.Rounds} rounds. A ratio is of two neighbouring turns: the median over rounds, with the lowest and the highest.\n\n"));
        text.Append(Invariant($"    {command}\n\n"));
        text.Append(Sizes());
        AppendOurs(text, results);
        AppendRivals(text, results);
        AppendStages(text, results);
        return text.ToString();
    }

    /// <summary>One line for a console that waits: our speed and every ratio.</summary>
    public static string Line(BenchmarkResult result) => $"{result.Ours.Contestant.Name}: {Speed(result.Ours)}"
        + string.Concat(result.Rivals.Select(rival => $"; {Ratio(rival)} × {rival.Result.Contestant.Name}{(rival.Rival.Bar == Bar.None ? "" : $" (bar {rival.Rival.Bar}{(rival.MeetsBar ? "" : ", NOT MET")})")}"));

    private static string Sizes() => "Sizes: " + string.Join("; ", DictionarySize.All.Select(size => Invariant($"{size.Name} N = {size.Vectors}, d = {size.ModelDim}, n = {size.LatentCount}, k = {size.K}")))
        + ". Language models are of Pythia-70m's shape, 2,048 tokens in contexts of the length that is their size. Dead: 30 % of the latents. GFLOP/s of a dictionary's work count its encoder product alone, 2·N·d·n.\n\n";

    private static void AppendOurs(StringBuilder text, IReadOnlyList<BenchmarkResult> results)
    {
        text.Append("## Ours\n\n| work | a second | best | ms | GFLOP/s | memory, MiB | allocated a run, KB | limit | remark |\n|---|--:|--:|--:|--:|--:|--:|---|---|\n");
        foreach (var result in results)
        {
            var ours = result.Ours;
            text.Append(Invariant($"| {ours.Contestant.Name} | {ours.UnitsPerSecond.ToString(Digits(ours), CultureInfo.InvariantCulture)} | {(ours.Report.Units / ours.Best).ToString(Digits(ours), CultureInfo.InvariantCulture)} | {ours.Median * 1e3:N1} | {(ours.Report.Flops > 0 ? ours.Gigaflops.ToString("F0", CultureInfo.InvariantCulture) : "")} | {ours.Report.PeakMebibytes:N0} | {ours.Report.AllocatedBytes / 1024:N1} | {Limits(result)} | {ours.Report.Remark} |\n"));
        }

        text.Append('\n');
    }

    /// <summary>Vectors and tokens are many; gigabytes and starts are few.</summary>
    private static string Digits(ContestantResult result) => result.UnitsPerSecond < 100 ? "F1" : "N0";

    private static string Limits(BenchmarkResult result)
    {
        var limits = new List<string>();
        if (result.Benchmark.MostSeconds is { } seconds)
        {
            limits.Add(Invariant($"{seconds * 1e3:N0} ms: {Met(result.Ours.Median <= seconds)}"));
        }

        if (result.Benchmark.MostMebibytes is { } mebibytes)
        {
            limits.Add(Invariant($"{mebibytes:N0} MiB: {Met(result.Ours.Report.PeakMebibytes <= mebibytes)}"));
        }

        return string.Join(", ", limits);
    }

    private static void AppendRivals(StringBuilder text, IReadOnlyList<BenchmarkResult> results)
    {
        text.Append("## Ours over others\n\n| ours | other | other's speed | other's memory, MiB | ratio | lowest to highest | bar | |\n|---|---|--:|--:|--:|---|---|---|\n");
        foreach (var result in results)
        {
            foreach (var rival in result.Rivals)
            {
                var (lowest, highest) = (rival.Ratios.Min(), rival.Ratios.Max());
                string met = rival.Rival.Bar == Bar.None ? "" : Met(rival.MeetsBar);
                text.Append(Invariant($"| {result.Ours.Contestant.Name} | {rival.Result.Contestant.Name}{(rival.Rival.ByFlops ? ", by GFLOP/s" : "")} | {Speed(rival.Result)} | {rival.Result.Report.PeakMebibytes:N0} | {rival.Ratio:F2} | {lowest:F2} to {highest:F2} | {rival.Rival.Bar} | {met} |\n"));
            }
        }

        text.Append('\n');
    }

    private static void AppendStages(StringBuilder text, IReadOnlyList<BenchmarkResult> results)
    {
        text.Append("## Where the time goes\n\n| work | stages |\n|---|---|\n");
        foreach (var ours in results.Select(result => result.Ours).Where(ours => ours.Report.Stages.Count > 0))
        {
            text.Append(Invariant($"| {ours.Contestant.Name} | {string.Join(", ", ours.Report.Stages.Where(stage => stage.Share >= 5e-4).Select(stage => Invariant($"{stage.Name} {stage.Share * 100:F1} %")))} |\n"));
        }
    }

    private static string Speed(ContestantResult result) => result.Contestant.Workload switch
    {
        Workloads.Product => Invariant($"{result.Gigaflops:F0} GFLOP/s"),
        Workloads.Copy => Invariant($"{result.UnitsPerSecond:F1} GB/s"),
        Workloads.StartUp => Invariant($"{result.Median * 1e3:F0} ms"),
        _ => Invariant($"{result.UnitsPerSecond:N0}/s"),
    };

    private static string Ratio(RivalResult rival) => rival.Ratio.ToString("F2", CultureInfo.InvariantCulture);

    private static string Met(bool met) => met ? "met" : "not met";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}

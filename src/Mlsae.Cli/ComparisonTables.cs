using System.Globalization;
using Mlsae.Metrics;
using Mlsae.Pipelines;
using Mlsae.Pipelines.Comparisons;
using Spectre.Console;

namespace Mlsae.Cli;

/// <summary>The plan and the verdicts of a comparison on the console.</summary>
internal static class ComparisonTables
{
    /// <summary>Bytes for each trained number: itself, two moments, and about as much again for packed copies and buffers, all in float32.</summary>
    private const int BytesForParameter = 16;

    /// <summary>Memory that training needs for the dictionaries, about.</summary>
    public static long TrainingBytes(DictionaryRunConfig config) => Arms(config).Sum(entry => entry.Arm.Parameters) * config.Comparison!.Seeds * BytesForParameter;

    /// <summary>What will be trained.</summary>
    public static void WritePlan(DictionaryRunConfig config)
    {
        var comparison = config.Comparison!;
        Console.WriteLine($"Budget {Budgets.NameOf(comparison.Budget)}. {Budgets.RuleOf(comparison.Budget)}");
        var table = New("arm", "k", "dictionaries", "latents each", "in all", "parameters", "tokens", "vectors each", "encoder TFLOP");
        foreach (var (point, arm) in Arms(config))
        {
            table.AddRow(
                arm.Name, Text(point.K), Text(arm.Dictionaries), Text(arm.LatentsPerDictionary), Text(arm.TotalLatents), Text(arm.Parameters), Text(arm.Tokens),
                Text(arm.VectorsPerDictionary), (arm.EncoderFlops / 1e12).ToString("G4", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
        foreach (var (_, arm) in Arms(config).Where(entry => entry.Arm.Rounding is not null))
        {
            Console.WriteLine($"{arm.Name}: {arm.Rounding}.");
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Each with {Seeds(comparison.Seeds)}: {config.Dictionaries.Count} trainings side by side from one pass of the model, about {TrainingBytes(config) / 1e6:N0} MB for the dictionaries."));
    }

    /// <summary>A row for each metric and layer: both arms, the difference, and the verdict for the multi-layer dictionary.</summary>
    public static void WriteVerdicts(ComparisonResult result)
    {
        bool swept = result.Points.Count > 1;
        foreach (string arm in result.Points[0].Arms.Skip(1).Select(arm => arm.Name))
        {
            Console.WriteLine(swept ? $"mlsae against {arm}, over all layers; those of each layer are in the report's numbers:" : $"mlsae against {arm}:");
            WriteRows([.. from point in result.Points from row in point.Rows where row.Against == arm && !(swept && row.Layer is not null) select (point.Point, row)]);
            foreach (string warning in result.Points.Select(point => point.UnequalL0(arm)).OfType<string>())
            {
                Console.WriteLine(warning);
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Seeds(result.Seeds)}, {result.Tokens:N0} tokens in {result.Sequences} sequences of {result.ContextLength}; cross-entropy of the untouched model {result.ModelCrossEntropy:F3}; FVU, dead and shares are ratios,"));
        Console.WriteLine("ΔCE and KL nats a token. The difference is the other arm less mlsae; in brackets its 95 % paired bootstrap interval over seeds and sequences (latents, concepts).");
        Console.WriteLine($"Verdicts are for mlsae, each by itself; '*' holds for all {result.FamilySize} verdicts together (Bonferroni). Rows without a verdict are checks.");
        if (result.Seeds < 3)
        {
            Console.WriteLine($"With {Seeds(result.Seeds)} the spread between seeds is {(result.Seeds == 1 ? "not seen" : "understated")}.");
        }
    }

    private static void WriteRows(IReadOnlyList<(ComparisonPoint Point, ComparisonRow Row)> rows)
    {
        var table = New("metric", "k", "latents", "layer", "mlsae", "other", "difference", "95 % interval", "verdict for mlsae");
        foreach (var (point, row) in rows)
        {
            table.AddRow(
                ComparedMetric.Named(row.Metric).Title, Text(point.K), Text(point.LatentCount), row.Layer is { } layer ? Text(layer) : "all", Text(row.Mlsae.Mean), Text(row.Other.Mean),
                Signed(row.Difference.Mean), Markup.Escape(Interval(row.Difference)), Words(row));
        }

        AnsiConsole.Write(table);
    }

    private static string Words(ComparisonRow row) => row.Verdict is { } verdict
        ? Verdicts.NameOf(verdict) + (row.FamilyVerdict is not Verdict.NoDifferenceShown && row.FamilyVerdict == verdict ? " *" : "")
        : "check";

    private static IEnumerable<(ComparisonPoint Point, ArmBudget Arm)> Arms(DictionaryRunConfig config)
    {
        var comparison = config.Comparison!;
        var first = config.Dictionaries[0];
        int layers = LayerCount(config);
        return comparison.Points.SelectMany(point =>
            comparison.Arms(point, first.TotalTokens, new VectorSizes(first.Dictionary.ModelDim, layers)).Select(arm => (point, arm)));
    }

    private static int LayerCount(DictionaryRunConfig config) => config.Hooks.Count > 0 ? config.Hooks.Count : DictionaryRun.Sizes(config).LayerCount;

    private static Table New(params string[] columns)
    {
        var table = ResultTables.New();
        for (int i = 0; i < columns.Length; i++)
        {
            table.AddColumn(i == 0 || columns[i].StartsWith("verdict", StringComparison.Ordinal) ? new TableColumn(columns[i]) : new TableColumn(columns[i]).RightAligned());
        }

        return table;
    }

    private static string Seeds(int count) => count == 1 ? "1 seed" : $"{count} seeds";

    private static string Text(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value.ToString("+0.####;-0.####;0", CultureInfo.InvariantCulture) is var text && text.TrimStart('+', '-') == "0" && value != 0
        ? value.ToString("+0.#e0;-0.#e0", CultureInfo.InvariantCulture)
        : text;

    private static string Interval(Estimate estimate) => estimate is { Low: { } low, High: { } high } ? $"[{Signed(low)}, {Signed(high)}]" : "";
}

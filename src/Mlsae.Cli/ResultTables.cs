using System.Globalization;
using Mlsae.Analysis;
using Mlsae.Metrics;
using Mlsae.Pipelines;
using Spectre.Console;

namespace Mlsae.Cli;

/// <summary>Results as tables on the console.</summary>
internal static class ResultTables
{
    private static readonly (string Title, string Metric, string Format)[] Columns =
    [
        ("FVU", "fvu", "F3"), ("expl. var.", "explained_variance", "F3"), ("cosine", "cosine", "F3"), ("L0", "l0", "F1"), ("delta CE", "delta_ce", "F3"),
        ("KL", "kl", "F3"), ("loss recovered", "loss_recovered_zero", "F3"), ("dead", "dead_fraction", "P1"),
    ];

    private static readonly (string Title, string Metric, string Format)[] LatentColumns =
    [
        ("never fired", "dead_fraction_bricken", "P1"), ("density", "density", "P2"), ("over 1 %", "freq_over_1_percent", "P1"), ("over 10 %", "freq_over_10_percent", "P1"),
        ("MMCS", "mmcs", "F3"), ("capacity", "capacity", "F3"), ("neurons", "neurons_per_feature", "F1"), ("skew", "moment_skew", "G3"), ("kurtosis", "moment_kurtosis", "G3"),
    ];

    /// <summary>Columns of a console that does not say how many it has, such as a file.</summary>
    private const int WidthOfFiles = 140;

    static ResultTables()
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = WidthOfFiles;
        }
    }

    /// <summary>An empty table, as wide as the console.</summary>
    public static Table New() => new() { Border = TableBorder.Simple };

    /// <summary>One row for each layer, one for the mean; half the width of the 95 % interval behind each number.</summary>
    public static void Write(EvaluationResult evaluation)
    {
        // What was not measured, such as ablations, has no column.
        var columns = Columns.Where(column => evaluation.Overall.Metrics.ContainsKey(column.Metric)).ToArray();
        var table = New();
        table.AddColumn(new TableColumn("layer").NoWrap());
        foreach (var (title, _, _) in columns)
        {
            table.AddColumn(new TableColumn(title).RightAligned());
        }

        foreach (var layer in evaluation.Layers.Append(evaluation.Overall))
        {
            table.AddRow([layer.Hook, .. columns.Select(column => Show(Shown(layer, column.Metric), column.Format))]);
        }

        AnsiConsole.Write(table);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{evaluation.Tokens:N0} tokens in {evaluation.Sequences} sequences of {evaluation.ContextLength}; cross-entropy of the untouched model {evaluation.ModelCrossEntropy:F3} nats, perplexity {evaluation.ModelPerplexity:F2};"));
        string recovered = evaluation.Overall.Metrics.ContainsKey("loss_recovered_zero") ? ", loss recovered against zeros" : "";
        Console.WriteLine($"delta CE and KL in nats a token{recovered}; ± is half of the 95 % bootstrap interval over sequences.");
    }

    /// <summary>A metric of the table. The interval of explained variance is as wide as FVU's, which stands beside it, so it is not repeated.</summary>
    private static Estimate Shown(LayerEvaluation layer, string metric) =>
        metric == "explained_variance" ? Estimate.Exact(layer[metric].Mean, layer[metric].N) : layer[metric];

    /// <summary>Several dictionaries on the same text: one row for each, means over layers.</summary>
    public static void Write(IReadOnlyList<EvaluationRow> rows)
    {
        var columns = Columns.Where(column => rows[0].Evaluation.Overall.Metrics.ContainsKey(column.Metric)).ToArray();
        bool concepts = rows[0].Concepts is not null;
        var table = New();
        table.AddColumn(new TableColumn("dictionary").NoWrap());
        foreach (string title in (string[])["latents", .. columns.Select(column => column.Title), .. concepts ? ["F1 >= 0.9", "mean F1"] : Array.Empty<string>()])
        {
            table.AddColumn(new TableColumn(title).RightAligned());
        }

        foreach (var row in rows)
        {
            var overall = row.Evaluation.Overall;
            table.AddRow(
            [
                row.Name, Count(row.Dictionary.LatentCount), .. columns.Select(column => Number(overall[column.Metric].Mean, column.Format)),
                .. row.Concepts is { } coverage ? [Show(coverage.ShareAbove90, "P0"), Show(coverage.MeanF1, "F2")] : Array.Empty<string>(),
            ]);
        }

        AnsiConsole.Write(table);
        var first = rows[0].Evaluation;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Means over {first.Layers.Count} layers; {first.Tokens:N0} tokens in {first.Sequences} sequences, the same for all; cross-entropy of the untouched model {first.ModelCrossEntropy:F3} nats."));
        Console.WriteLine("Intervals of every number, by layer, are in evaluation.csv of each dictionary.");
    }

    /// <summary>What the latents are like: one row for each layer, one for all of them.</summary>
    public static void Write(LatentStatistics latents)
    {
        var table = New();
        table.AddColumn("layer");
        foreach (string title in (string[])["latents", "alive", .. LatentColumns.Select(column => column.Title)])
        {
            table.AddColumn(new TableColumn(title).RightAligned());
        }

        foreach (var layer in latents.Layers.Append(latents.Overall))
        {
            table.AddRow(
            [
                layer.Hook, Count(layer.Latents), Count(layer.Alive),
                .. LatentColumns.Select(column => layer.Metrics[column.Metric].Mean.ToString(column.Format, CultureInfo.InvariantCulture)),
            ]);
        }

        AnsiConsole.Write(table);
        Console.WriteLine($"Alive: fired on more than {FeatureDensity.AliveAbove} of {Count(latents.Tokens)} tokens. Density, skew and kurtosis are means over latents that fired. {Ultralow(latents.Overall.Densities)}");
    }

    private static string Ultralow(DensityHistogram densities) => densities.Ultralow is { } ultralow
        ? $"Densities below {densities.UltralowBelow:0e+0}: {Count(ultralow)}."
        : string.Create(CultureInfo.InvariantCulture, $"The smallest density that shows is {densities.SmallestDensity:0.#e+0}.");

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number in a format, or in powers of ten where it would be too wide for a column.</summary>
    private static string Number(double value, string format) =>
        value.ToString(Math.Abs(value) >= 10_000 ? "0.0e+0" : format, CultureInfo.InvariantCulture);

    /// <summary>A number, and half the width of its 95 % interval where it has one.</summary>
    internal static string Show(Estimate estimate, string format)
    {
        string value = Number(estimate.Mean, format);
        if (estimate is not { Low: { } low, High: { } high })
        {
            return value;
        }

        // What only rounding makes different from 0 is not worth its digits.
        double half = (high - low) / 2 > 1e-9 * Math.Abs(estimate.Mean) ? (high - low) / 2 : 0;
        return $"{value} ±{half.ToString(format[0] == 'P' ? format : "G2", CultureInfo.InvariantCulture)}";
    }

    /// <summary>How well each kind of unit tells the concepts, and the latents that tell them best.</summary>
    public static void Write(ConceptComparison concepts)
    {
        var table = New();
        table.AddColumns("units", "number", "F1 >= 0.9", "F1 >= 0.7", "F1 >= 0.5", "mean F1", "monosemanticity");
        foreach (var (name, scores) in new[] { ("latents", concepts.Latents), ("neurons", concepts.Neurons), ("random directions", concepts.RandomDirections) })
        {
            var (high, middle, low, mean, monosemanticity) = scores.Overall;
            table.AddRow(
                name, Count(scores.UnitCount), Bracketed(high, "P0"), Percent(middle), Percent(low), Bracketed(mean, "F2"), Show(monosemanticity, "F2"));
        }

        foreach (var (layer, coverage) in concepts.Latents.Layers.Index())
        {
            var (high, middle, low, mean, monosemanticity) = coverage;
            table.AddRow($"latents at layer {layer}", "", Percent(high), Percent(middle), Percent(low), Bracketed(mean, "F2"), Show(monosemanticity, "F2"));
        }

        AnsiConsole.Write(table);
        Console.WriteLine(
            $"The best unit for each of {concepts.Latents.Scores.Count} concepts, chosen on {concepts.Latents.SelectionTokens:N0} tokens, measured on {concepts.Latents.TestTokens:N0} others; in brackets the 95 % interval over concepts.");
        Console.WriteLine("Monosemanticity: the share of a unit's activation that lies where its best concept is true, mean over the units of all layers that are active on both halves.");
        foreach (var score in concepts.BestConcepts().Take(8))
        {
            string where = score.Layer is { } layer ? $"layer {layer}" : "any layer";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {score.Concept,-24} latent {score.Unit,4} at {where,-9}  F1 {score.F1:F3}  precision {score.Precision:F3}  recall {score.Recall:F3}"));
        }
    }

    private static string Percent(Estimate estimate) => estimate.Mean.ToString("P0", CultureInfo.InvariantCulture);

    private static string Bracketed(Estimate estimate, string format) => string.Create(
        CultureInfo.InvariantCulture, $"{estimate.Mean.ToString(format, CultureInfo.InvariantCulture)} ({estimate.Low?.ToString(format, CultureInfo.InvariantCulture)} to {estimate.High?.ToString(format, CultureInfo.InvariantCulture)})");
}

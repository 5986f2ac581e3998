using System.Globalization;
using Mlsae.Metrics;
using Spectre.Console;

namespace Mlsae.Cli;

/// <summary>Results as tables on the console.</summary>
internal static class ResultTables
{
    private static readonly (string Title, Func<LayerMetrics, Estimate> Of, string Format)[] Columns =
    [
        ("FVU", m => m.Fvu, "F3"), ("MSE", m => m.Mse, "G3"), ("L0", m => m.L0, "F1"), ("L1", m => m.L1, "F1"),
        ("delta CE", m => m.DeltaCe, "F3"), ("KL", m => m.Kl, "F3"), ("dead", m => m.DeadFraction, "P1"),
    ];

    /// <summary>One row for each layer, one for the mean; half the width of the 95 % interval behind each number.</summary>
    public static void Write(EvaluationResult evaluation)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("layer");
        foreach (var (title, _, _) in Columns)
        {
            table.AddColumn(new TableColumn(title).RightAligned());
        }

        foreach (var layer in evaluation.Layers.Append(evaluation.Overall))
        {
            table.AddRow([layer.Hook, .. Columns.Select(column => Show(column.Of(layer), column.Format))]);
        }

        AnsiConsole.Write(table);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{evaluation.Tokens:N0} tokens in {evaluation.Sequences} sequences of {evaluation.ContextLength}; cross-entropy of the untouched model {evaluation.ModelCrossEntropy:F3} nats;"));
        Console.WriteLine("delta CE and KL in nats a token; ± is half of the 95 % bootstrap interval over sequences.");
    }

    private static string Show(Estimate estimate, string format)
    {
        string value = estimate.Mean.ToString(format, CultureInfo.InvariantCulture);
        return estimate is { Low: { } low, High: { } high }
            ? $"{value} ±{((high - low) / 2).ToString(format == "P1" ? format : "G2", CultureInfo.InvariantCulture)}"
            : value;
    }
}

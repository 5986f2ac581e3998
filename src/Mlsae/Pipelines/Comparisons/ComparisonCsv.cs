using System.Globalization;
using System.Text;
using Mlsae.Metrics;

namespace Mlsae.Pipelines.Comparisons;

/// <summary>The rows of a comparison as comma-separated text, numbers in full precision.</summary>
internal static class ComparisonCsv
{
    private const string Header =
        "k,latents,against,metric,layer,mlsae,mlsae_low,mlsae_high,other,other_low,other_high,difference,difference_low,difference_high,family_low,family_high,verdict,family_verdict,seeds,units,units_of_other";

    public static string Of(ComparisonResult result)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (var point in result.Points)
        {
            foreach (var row in point.Rows)
            {
                text.AppendJoin(',', Fields(point.Point, row, result.Seeds)).Append('\n');
            }
        }

        return text.ToString();
    }

    private static IEnumerable<string> Fields(ComparisonPoint point, ComparisonRow row, int seeds) =>
    [
        Text(point.K), Text(point.LatentCount), row.Against, row.Metric, row.Layer is { } layer ? Text(layer) : "all",
        .. Text(row.Mlsae), .. Text(row.Other), .. Text(row.Difference), Text(row.Family.Low), Text(row.Family.High),
        row.Verdict is { } verdict ? Verdicts.NameOf(verdict) : "", row.FamilyVerdict is { } family ? Verdicts.NameOf(family) : "",
        Text(seeds), Text(row.Mlsae.N), Text(row.Other.N),
    ];

    private static string[] Text(Estimate estimate) => [Text(estimate.Mean), Text(estimate.Low), Text(estimate.High)];

    private static string Text(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}

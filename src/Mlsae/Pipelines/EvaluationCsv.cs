using System.Globalization;
using System.Text;
using Mlsae.Analysis;
using Mlsae.Metrics;

namespace Mlsae.Pipelines;

/// <summary>Everything an evaluation measured as comma-separated text (RFC 4180), numbers in full precision: a row for each layer and metric, with its interval, n, unit and definition.</summary>
internal static class EvaluationCsv
{
    private const string Header = "layer,metric,value,low,high,n,unit,definition";

    private static readonly Dictionary<string, string> Units = LayerMetrics.All.Concat(LayerMetrics.WithMeans).Select(metric => (metric.Name, metric.Unit))
        .Concat(LatentMetrics.All.Select(metric => (metric.Name, metric.Unit))).ToDictionary();

    public static string Of(EvaluationResult evaluation, LatentStatistics latents)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (var (layer, ofLatents) in evaluation.Layers.Append(evaluation.Overall).Zip(latents.Layers.Append(latents.Overall)))
        {
            // The share of dead latents is in both; that over latents has the interval.
            foreach (var (name, estimate) in layer.Metrics.Where(metric => !ofLatents.Metrics.ContainsKey(metric.Key)))
            {
                Append(text, layer.Hook, name, estimate, evaluation.MetricDefinitions[name]);
            }

            foreach (var (name, estimate) in ofLatents.Metrics)
            {
                Append(text, layer.Hook, name, estimate, latents.MetricDefinitions[name]);
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string layer, string name, Estimate estimate, string definition) => text.AppendJoin(
        ',', layer, name, Text(estimate.Mean), Text(estimate.Low), Text(estimate.High), Text(estimate.N), Units[name], $"\"{definition.Replace("\"", "\"\"")}\"").Append('\n');

    private static string Text(double? value) => value is { } number && !double.IsNaN(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "";
}

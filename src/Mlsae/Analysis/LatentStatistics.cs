using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>What the latents of one layer, or all over all layers, are like.</summary>
/// <param name="Hook">the hook point's name; "overall" for all layers</param>
/// <param name="Latents">how many there are</param>
/// <param name="Fired">how many fired at all</param>
/// <param name="Alive">how many fired on more than <see cref="FeatureDensity.AliveAbove"/> tokens</param>
/// <param name="Metrics">means over latents by name, with their intervals over latents; n counts those that were not left out</param>
/// <param name="Densities">how often they fire</param>
public sealed record LatentEvaluation(
    string Hook, int Latents, int Fired, int Alive, IReadOnlyDictionary<string, Estimate> Metrics, DensityHistogram Densities);

/// <summary>What the latents of a dictionary are like: how often they fire, how their values spread, where their directions lie. Means are over latents, and their intervals resample latents.</summary>
public sealed record LatentStatistics
{
    /// <summary>The definition of every metric, by the name it has here.</summary>
    public IReadOnlyDictionary<string, string> MetricDefinitions { get; init; } = LatentMetrics.All.ToDictionary(metric => metric.Name, metric => metric.Definition);

    /// <summary>Tokens that the latents were counted on.</summary>
    public required long Tokens { get; init; }

    /// <summary>Seed of the bootstrap.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The latents of each layer.</summary>
    public required IReadOnlyList<LatentEvaluation> Layers { get; init; }

    /// <summary>All latents over all layers: one fires on a token where it fires at any of its layers; moments are over its vectors at all of them.</summary>
    public required LatentEvaluation Overall { get; init; }

    /// <summary>Summarises what an evaluation counted.</summary>
    /// <param name="sums">of at least one token</param>
    /// <param name="dictionary">whose latents they are</param>
    /// <param name="hooks">the names of its layers</param>
    /// <param name="seed">of the bootstrap over latents</param>
    public static LatentStatistics Of(DictionaryLatentSums sums, ILayeredDictionary dictionary, IReadOnlyList<HookPoint> hooks, ulong seed)
    {
        Require.Equal(hooks.Count, dictionary.LayerCount);
        var geometry = DirectionGeometry.OfLayers(dictionary);
        return new LatentStatistics
        {
            Tokens = sums.Overall.Tokens,
            Seed = seed,
            Layers = [.. hooks.Select((hook, layer) => Evaluate(hook.ToString(), new LatentTable(sums.Layers[layer], geometry[layer]), seed))],
            Overall = Evaluate("overall", new LatentTable(sums.Overall, DirectionGeometry.OverLayers(dictionary, geometry)), seed),
        };
    }

    private static LatentEvaluation Evaluate(string name, LatentTable table, ulong seed)
    {
        int[] all = [.. Enumerable.Range(0, table.Sums.Count)];
        int[] fired = [.. all.Where(latent => !DeadLatents.NeverFired(table.Sums, latent))];
        var estimates = Means(table, [.. LatentMetrics.All.Where(metric => !metric.FiredOnly)], all, seed)
            .Concat(Means(table, [.. LatentMetrics.All.Where(metric => metric.FiredOnly)], fired, seed)).ToDictionary();
        return new LatentEvaluation(
            name, all.Length, fired.Length, all.Count(latent => FeatureDensity.IsAlive(table.Sums, latent)),
            LatentMetrics.All.ToDictionary(metric => metric.Name, metric => estimates[metric.Name]), DensityHistogram.Of(table.Sums));
    }

    /// <summary>The weighted means of metrics over some latents.</summary>
    private static IEnumerable<(string Name, Estimate Estimate)> Means(LatentTable table, LatentMetric[] metrics, int[] latents, ulong seed)
    {
        double[][] values = [.. metrics.Select(metric => latents.Select(latent => metric.Of(table, latent)).ToArray())];
        double[][] weights = [.. metrics.Select((metric, m) =>
            latents.Select((latent, i) => double.IsNaN(values[m][i]) ? 0 : metric.Weight?.Invoke(table, latent) ?? 1).ToArray())];
        var estimates = Bootstrap.Estimates(latents.Length, seed, drawn => [.. metrics.Select((_, m) => Mean(values[m], weights[m], drawn))]);
        return metrics.Select((metric, m) => (metric.Name, estimates[m] with { N = weights[m].Count(weight => weight > 0) }));
    }

    private static double Mean(double[] values, double[] weights, int[] drawn)
    {
        double sum = 0, total = 0;
        foreach (int i in drawn)
        {
            sum += weights[i] == 0 ? 0 : weights[i] * values[i];
            total += weights[i];
        }

        return sum / total;
    }
}

using Mlsae.Metrics;

namespace Mlsae.Analysis;

/// <summary>A mean over latents as the published code reports it: latents that are dead are left out of the moments, but counted in the standard error.</summary>
/// <param name="Mean">mean over live latents</param>
/// <param name="Variance">population variance (divisor N) over live latents</param>
/// <param name="Std">√Variance</param>
/// <param name="Sem">Std / √(all latents, dead ones included)</param>
public sealed record PublishedSummary(double Mean, double Variance, double Std, double Sem)
{
    /// <summary>Summarises values of which NaN stands for a dead latent.</summary>
    public static PublishedSummary Of(IReadOnlyCollection<double> values)
    {
        double[] live = [.. values.Where(value => !double.IsNaN(value))];
        double mean = live.Sum() / live.Length;
        double variance = live.Sum(value => (value - mean) * (value - mean)) / live.Length;
        return new PublishedSummary(mean, variance, Math.Sqrt(variance), Math.Sqrt(variance / values.Count));
    }
}

/// <summary>How a dictionary's latents spread over layers. Means and shares are over live latents; their intervals resample latents.</summary>
public sealed record LayerStatistics
{
    /// <inheritdoc cref="LayerDistributions.Definition"/>
    public string Definition { get; init; } = LayerDistributions.Definition;

    /// <summary>L.</summary>
    public required int LayerCount { get; init; }

    /// <summary>n_latents.</summary>
    public required int LatentCount { get; init; }

    /// <summary>Tokens that the distributions are over.</summary>
    public required long Tokens { get; init; }

    /// <summary>A latent is active where its value is greater; null where every value that TopK kept counts, as in the published code.</summary>
    public required float? Threshold { get; init; }

    /// <summary>Latents that were never active; left out below.</summary>
    public required int DeadLatents { get; init; }

    /// <summary>Mean of the latents' mean layers, in layers from 0.</summary>
    public required Estimate LayerMean { get; init; }

    /// <summary>Mean of the latents' standard deviations over layers, in layers.</summary>
    public required Estimate LayerStd { get; init; }

    /// <summary>The same divided by L.</summary>
    public required Estimate RelativeLayerStd { get; init; }

    /// <summary>Mean entropy of the latents' distributions over layers, in nats.</summary>
    public required Estimate Entropy { get; init; }

    /// <summary>The same divided by ln L.</summary>
    public required Estimate RelativeEntropy { get; init; }

    /// <summary>Mean number of layers at which a latent was ever active.</summary>
    public required Estimate ActiveLayers { get; init; }

    /// <summary>Share of latents that were ever active at more than one layer.</summary>
    public required Estimate ShareAtSeveralLayers { get; init; }

    /// <summary>Share of the (token, latent) pairs with any activity that are active at more than one layer of that same token; over all pairs, without interval.</summary>
    public required double SharePairsAtSeveralLayers { get; init; }

    /// <summary>[L + 1] latents that were ever active at exactly this many layers; entry 0 counts the dead.</summary>
    public required int[] LatentsByActiveLayers { get; init; }

    /// <summary>[L + 1] (token, latent) pairs active at exactly this many layers of the token.</summary>
    public required long[] PairsByActiveLayers { get; init; }

    /// <summary>The standard deviation over layers, as the published code summarises it.</summary>
    public required PublishedSummary PublishedLayerStd { get; init; }

    /// <summary>Summarises distributions.</summary>
    /// <param name="distributions">at least one latent must be live, or means are NaN</param>
    /// <param name="seed">of the bootstrap</param>
    public static LayerStatistics Of(LayerDistributions distributions, ulong seed = 0)
    {
        int layers = distributions.LayerCount;
        var all = distributions.Latents();
        LatentLayers[] live = [.. all.Where(latent => !latent.IsDead)];
        var means = MeansOverLatents(live, layers, seed);
        long[] pairs = distributions.PairsByLayers;
        return new LayerStatistics
        {
            LayerCount = layers,
            LatentCount = distributions.LatentCount,
            Tokens = distributions.Tokens,
            Threshold = float.IsFinite(distributions.Threshold) ? distributions.Threshold : null,
            DeadLatents = all.Length - live.Length,
            LayerMean = means[0],
            LayerStd = means[1],
            RelativeLayerStd = means[2],
            Entropy = means[3],
            RelativeEntropy = means[4],
            ActiveLayers = means[5],
            ShareAtSeveralLayers = means[6],
            SharePairsAtSeveralLayers = pairs.Skip(2).Sum() / (double)pairs.Sum(),
            LatentsByActiveLayers = [.. Enumerable.Range(0, layers + 1).Select(n => all.Count(latent => latent.ActiveLayers == n))],
            PairsByActiveLayers = pairs,
            PublishedLayerStd = PublishedSummary.Of([.. all.Select(latent => latent.LayerStd)]),
        };
    }

    private static Estimate[] MeansOverLatents(LatentLayers[] live, int layers, ulong seed)
    {
        double[][] values =
        [
            [.. live.Select(latent => latent.LayerMean)],
            [.. live.Select(latent => latent.LayerStd)],
            [.. live.Select(latent => latent.LayerStd / layers)],
            [.. live.Select(latent => latent.Entropy)],
            [.. live.Select(latent => layers > 1 ? latent.Entropy / Math.Log(layers) : 0)],
            [.. live.Select(latent => (double)latent.ActiveLayers)],
            [.. live.Select(latent => latent.ActiveLayers > 1 ? 1.0 : 0.0)],
        ];
        return Bootstrap.Estimates(live.Length, seed, units => [.. values.Select(of => Mean(of, units))]);
    }

    private static double Mean(double[] values, int[] units)
    {
        double sum = 0;
        foreach (int unit in units)
        {
            sum += values[unit];
        }

        return sum / units.Length;
    }
}

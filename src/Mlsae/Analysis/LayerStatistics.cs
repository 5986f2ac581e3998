using Mlsae.Metrics;

namespace Mlsae.Analysis;

/// <summary>At how many layers latents are active, where a layer counts only if the latent was active there often enough.</summary>
/// <param name="FewestTokens">tokens at which a latent must have been active at a layer; the published code asks for 10,000 of 10 M</param>
/// <param name="Latents">[L + 1] latents by the number of such layers</param>
/// <param name="ShareAtSeveral">share, among the latents that have any such layer, of those with more than one</param>
public sealed record LayersPerLatent(long FewestTokens, int[] Latents, Estimate ShareAtSeveral);

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

    /// <summary>Mean of the latents' <see cref="LatentLayers.Bimodality"/>.</summary>
    public required Estimate Bimodality { get; init; }

    /// <summary>Mean of the latents' <see cref="LatentLayers.Dip"/>.</summary>
    public required Estimate Dip { get; init; }

    /// <summary>Share of latents that were ever active at more than one layer.</summary>
    public required Estimate ShareAtSeveralLayers { get; init; }

    /// <summary>Share of the (token, latent) pairs with any activity that are active at more than one layer of that same token. Its interval is over sequences.</summary>
    public required Estimate SharePairsAtSeveralLayers { get; init; }

    /// <summary>[thresholds] The same count of layers where only layers with enough tokens count.</summary>
    public required IReadOnlyList<LayersPerLatent> ByFewestTokens { get; init; }

    /// <summary>[L + 1] latents that were ever active at exactly this many layers; entry 0 counts the dead.</summary>
    public required int[] LatentsByActiveLayers { get; init; }

    /// <summary>[L + 1] (token, latent) pairs active at exactly this many layers of the token.</summary>
    public required long[] PairsByActiveLayers { get; init; }

    /// <summary>The standard deviation over layers, as the published code summarises it.</summary>
    public required PublishedSummary PublishedLayerStd { get; init; }

    /// <summary>The thresholds of <see cref="ByFewestTokens"/>.</summary>
    private static readonly long[] Thresholds = [1, 10, 100, 1000, 10_000];

    /// <summary>Summarises distributions.</summary>
    /// <param name="distributions">at least one latent must be live, or means are NaN</param>
    /// <param name="seed">of the bootstrap</param>
    public static LayerStatistics Of(LayerDistributions distributions, ulong seed = 0)
    {
        int layers = distributions.LayerCount;
        var all = distributions.Latents();
        LatentLayers[] live = [.. all.Where(latent => !latent.IsDead)];
        var means = MeansOverLatents(live, layers, seed);
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
            Bimodality = BimodalityOf(live, seed),
            Dip = means[7],
            SharePairsAtSeveralLayers = distributions.PairsByLayers.Estimates(seed, pairs => [pairs.Skip(2).Sum() / pairs.Sum()])[0],
            ByFewestTokens = [.. Thresholds.Where(fewest => fewest <= distributions.Tokens).Select(fewest => AtLeast(distributions, fewest, seed))],
            LatentsByActiveLayers = [.. Enumerable.Range(0, layers + 1).Select(n => all.Count(latent => latent.ActiveLayers == n))],
            PairsByActiveLayers = [.. distributions.PairsByLayers.Total().Select(pairs => (long)pairs)],
            PublishedLayerStd = PublishedSummary.OfLatents([.. all.Select(latent => latent.LayerStd)]),
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
            [.. live.Select(latent => latent.Dip)],
        ];
        return Bootstrap.Estimates(live.Length, seed, units => [.. values.Select(of => Mean(of, units))]);
    }

    /// <summary>The mean over the live latents whose totals are not all equal.</summary>
    private static Estimate BimodalityOf(LatentLayers[] live, ulong seed)
    {
        double[] values = [.. live.Select(latent => latent.Bimodality).Where(value => !double.IsNaN(value))];
        return Bootstrap.Estimates(values.Length, seed, units => [Mean(values, units)])[0];
    }

    private static LayersPerLatent AtLeast(LayerDistributions distributions, long fewestTokens, ulong seed)
    {
        int[] layersOf = [.. Enumerable.Range(0, distributions.LatentCount).Select(latent => distributions.LayersWithAtLeast(latent, fewestTokens))];
        double[] several = [.. layersOf.Where(layers => layers > 0).Select(layers => layers > 1 ? 1.0 : 0)];
        return new LayersPerLatent(
            fewestTokens, [.. Enumerable.Range(0, distributions.LayerCount + 1).Select(n => layersOf.Count(layers => layers == n))],
            Bootstrap.Estimates(several.Length, seed, units => [Mean(several, units)])[0]);
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

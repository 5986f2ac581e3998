namespace Mlsae.Metrics;

/// <summary>A number about the reconstruction of one layer. A new metric is a file with its formula and an entry in <see cref="LayerMetrics"/>.</summary>
/// <param name="Name">its name in result files and tables, in snake_case</param>
/// <param name="Definition">name, version and formula, as result files carry them</param>
/// <param name="Unit">such as "nats/token"; "1" for a ratio</param>
/// <param name="Of">its value from the sums of any set of sequences; must be callable from several threads</param>
public sealed record LayerMetric(string Name, string Definition, string Unit, Func<LayerSums, double> Of);

/// <summary>The metrics of a layer that are computed from <see cref="LayerSums"/>.</summary>
public static class LayerMetrics
{
    /// <summary>Those of every evaluation.</summary>
    public static IReadOnlyList<LayerMetric> All { get; } =
    [
        new("fvu", Fvu.Definition, "1", Fvu.Of),
        new("fvu_mlsae", FvuMlsae.Definition, "1", FvuMlsae.Of),
        new("explained_variance", ExplainedVariance.Definition, "1", ExplainedVariance.Of),
        new("frac_variance_explained", ExplainedVarianceCentred.Definition, "1", ExplainedVarianceCentred.Of),
        new("mse", MeanSquaredError.Definition, "activation²", MeanSquaredError.Of),
        new("cosine", CosineSimilarity.Definition, "1", CosineSimilarity.Of),
        new("l2_ratio", NormRatio.Definition, "1", NormRatio.Of),
        new("relative_reconstruction_bias", ReconstructionBias.Definition, "1", ReconstructionBias.Of),
        new("l0", L0.Definition, "latents", L0.Of),
        new("l1", L1.Definition, "latent values", L1.Of),
        new("delta_ce", DeltaCrossEntropy.Definition, "nats/token", DeltaCrossEntropy.Of),
        new("kl", KlDivergence.Definition, "nats/token", KlDivergence.Of),
        new("kl_reverse", ReverseKlDivergence.Definition, "nats/token", ReverseKlDivergence.Of),
        new("perplexity", Perplexity.Definition, "1", Perplexity.Of),
    ];

    /// <summary>Those that need the layers' means beforehand (<see cref="LayerMeans"/>), and two more passes of the model for each layer.</summary>
    public static IReadOnlyList<LayerMetric> WithMeans { get; } =
    [
        new("explained_variance_legacy", ExplainedVarianceLegacy.Definition, "1", ExplainedVarianceLegacy.Of),
        new("loss_recovered_zero", LossRecovered.ZeroDefinition, "1", LossRecovered.OfZero),
        new("loss_recovered_mean", LossRecovered.MeanDefinition, "1", LossRecovered.OfMean),
    ];
}

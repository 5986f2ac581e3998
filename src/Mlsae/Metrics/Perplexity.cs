namespace Mlsae.Metrics;

/// <summary>exp of the mean cross-entropy with one layer replaced by its reconstruction. Cunningham et al. 2023 report 25 → 40 for layer 2 of Pythia-70M.</summary>
public static class Perplexity
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "perplexity/1: exp of the mean cross-entropy over predicted tokens with the layer replaced by x_hat";

    /// <summary>The perplexity.</summary>
    public static double Of(LayerSums sums) => Math.Exp((sums.CrossEntropy + sums.CrossEntropyDifference) / sums.Predictions);
}

namespace Mlsae.Metrics;

/// <summary>Mean over vectors of x·x̂ / (‖x‖·‖x̂‖).</summary>
public static class CosineSimilarity
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "cosine/1: mean over vectors of the cosine of x and x_hat, 0 where one is zero";

    /// <summary>The mean; 1 for a reconstruction of the right directions.</summary>
    public static double Of(LayerSums sums) => sums.Cosines / sums.Vectors;
}

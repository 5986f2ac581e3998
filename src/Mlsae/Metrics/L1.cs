namespace Mlsae.Metrics;

/// <summary>Mean over vectors of the sum of latent values after the activation function, in the dictionary's own units.</summary>
public static class L1
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "l1/1: mean over vectors of the sum of absolute latent values, in the dictionary's own units";

    /// <summary>The mean.</summary>
    public static double Of(LayerSums sums) => sums.LatentValues / sums.Vectors;
}

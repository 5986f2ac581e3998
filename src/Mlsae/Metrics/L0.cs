namespace Mlsae.Metrics;

/// <summary>Mean number of active latents of a vector.</summary>
public static class L0
{
    /// <summary>A latent is active where its value is greater than this, as in the published mlsae code.</summary>
    public const float ActiveAbove = 1e-3f;

    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "l0/1: mean over vectors of the number of latents greater than 1e-3";

    /// <summary>The mean, in latents.</summary>
    public static double Of(LayerSums sums) => sums.ActiveLatents / sums.Vectors;
}

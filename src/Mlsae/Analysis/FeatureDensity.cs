using Mlsae.Metrics;

namespace Mlsae.Analysis;

/// <summary>Density of a latent: share of tokens at which it fires. Bricken et al. 2023; SAEBench reports how many are dense, and what share of all firings those are.</summary>
public static class FeatureDensity
{
    /// <summary>Firings above which Cunningham et al. call a latent alive; they took 10 M vectors.</summary>
    public const int AliveAbove = 10;

    /// <summary>Name and version of the mean's definition.</summary>
    public const string Definition = "density/1: mean over fired latents of the share of tokens at which the latent is not 0";

    /// <summary>Name and version of the definition.</summary>
    public const string AliveDefinition = "alive_fraction/1: share of latents that fired on more than 10 tokens of the evaluation set (Cunningham et al., of 10 M)";

    /// <summary>Name and version of the definition for a threshold in percent.</summary>
    public static string OverDefinition(int percent) => $"freq_over_{percent}_percent/1: share of latents whose density is above {percent} % (SAEBench)";

    /// <summary>Name and version of the normalised definition for a threshold in percent.</summary>
    public static string NormalizedOverDefinition(int percent) =>
        $"normalized_freq_over_{percent}_percent/1: sum of the densities above {percent} % / sum of all densities (SAEBench)";

    /// <summary>1 where a latent's density is above a number of percent, 0 elsewhere.</summary>
    public static double IsOver(LatentSums sums, int latent, int percent) => sums.Density(latent) > percent / 100.0 ? 1 : 0;

    /// <summary>Whether a latent fired often enough to be called alive.</summary>
    public static bool IsAlive(LatentSums sums, int latent) => sums.Fired[latent] > AliveAbove;
}

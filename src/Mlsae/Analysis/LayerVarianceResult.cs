using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>The layer's variance and what of it is left, in layers squared.</summary>
/// <param name="Total">V(L) over all activations</param>
/// <param name="WithinLatent">E V(L | latent), over all tokens</param>
/// <param name="WithinToken">E V(L | latent, token)</param>
/// <param name="WithinLatentShare">WithinLatent / Total: 1 if all latents had one distribution over layers, 0 if each lived at one layer</param>
/// <param name="WithinTokenShare">WithinToken / WithinLatent: Lawson et al. report about 0.01</param>
/// <param name="TokenShareOfTotal">WithinToken / Total: how close together the layers are at which a latent is active on one token</param>
public sealed record VarianceDecomposition(
    Estimate Total, Estimate WithinLatent, Estimate WithinToken, Estimate WithinLatentShare, Estimate WithinTokenShare, Estimate TokenShareOfTotal)
{
    internal static VarianceDecomposition Of(Estimate[] estimates) => new(estimates[0], estimates[1], estimates[2], estimates[3], estimates[4], estimates[5]);
}

/// <summary>A statistic beside its values under shuffles.</summary>
/// <param name="Observed">without a shuffle</param>
/// <param name="Mean">mean over shuffles</param>
/// <param name="Low">2.5th percentile over shuffles</param>
/// <param name="High">97.5th percentile over shuffles</param>
/// <param name="PValue">(1 + shuffles whose value is at most the observed one) / (1 + shuffles): small where the observed value is smaller than chance has it</param>
/// <param name="Values">[shuffles] all of them</param>
public sealed record NullDistribution(double Observed, double Mean, double Low, double High, double PValue, IReadOnlyList<double> Values)
{
    /// <summary>Of the observed value, which comes first, and those of the shuffles.</summary>
    internal static NullDistribution Of(double[] values)
    {
        Require.That(values.Length > 1, "A null distribution needs at least one shuffle.");
        double observed = values[0];
        double[] shuffled = [.. values.Skip(1).Order()];
        return new NullDistribution(
            observed, shuffled.Average(), Bootstrap.Percentile(shuffled, 0.025), Bootstrap.Percentile(shuffled, 0.975),
            (1.0 + shuffled.Count(value => value <= observed)) / (1 + shuffled.Length), shuffled);
    }
}

/// <summary>The three shares where layers mean nothing, by mass.</summary>
/// <param name="Tokens">the first tokens of the text, which shuffles and observed values are of</param>
/// <param name="Permutations">how many shuffles</param>
/// <param name="WithinLatentShare">small where latents have layers of their own</param>
/// <param name="WithinTokenShare">small where a latent moves from token to token more than within one; its denominator is itself changed by the shuffles</param>
/// <param name="TokenShareOfTotal">small where the layers at which a latent is active on one token lie together</param>
public sealed record LayerVarianceNullResult(
    long Tokens, int Permutations, NullDistribution WithinLatentShare, NullDistribution WithinTokenShare, NullDistribution TokenShareOfTotal);

/// <summary>What <see cref="LayerVariance"/> found.</summary>
public sealed record LayerVarianceResult
{
    /// <inheritdoc cref="LayerVariance.Definition"/>
    public string Definition { get; init; } = LayerVariance.Definition;

    /// <summary>L.</summary>
    public required int LayerCount { get; init; }

    /// <summary>n_latents.</summary>
    public required int LatentCount { get; init; }

    /// <summary>Tokens that it is over.</summary>
    public required long Tokens { get; init; }

    /// <summary>Parts of the text, each of whole sequences, that the intervals of the normalised decompositions are over.</summary>
    public required int Blocks { get; init; }

    /// <summary>Seed of the shuffles and the bootstrap.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Normalised, each pair weighted by its latent's activation over all layers.</summary>
    public required VarianceDecomposition ByMass { get; init; }

    /// <summary>Normalised, each active pair weighted equally.</summary>
    public required VarianceDecomposition ByPair { get; init; }

    /// <summary>As the published code computes it, with intervals over sequences.</summary>
    public required VarianceDecomposition Published { get; init; }

    /// <summary>The same where layers mean nothing; null where no shuffle was asked for.</summary>
    public required LayerVarianceNullResult? Null { get; init; }
}

using Mlsae.Metrics;

namespace Mlsae.Analysis.Toys;

/// <summary>Means over features of <see cref="FeatureRecovery"/>, each with its 95 % bootstrap interval over features.</summary>
/// <param name="Mmcs">of <see cref="FeatureRecovery.Cosine"/>: the mean max cosine similarity of true features with latents (Sharkey et al. 2022)</param>
/// <param name="Recovered">of <see cref="FeatureRecovery.Recovered"/></param>
/// <param name="OneLatent">of <see cref="FeatureRecovery.OneLatent"/></param>
/// <param name="ProfileDistance">of <see cref="FeatureRecovery.ProfileDistance"/>, features that were not measured left out</param>
/// <param name="LinkedProfileDistance">of <see cref="FeatureRecovery.LinkedProfileDistance"/>, likewise</param>
public sealed record ToyScores(Estimate Mmcs, Estimate Recovered, Estimate OneLatent, Estimate ProfileDistance, Estimate LinkedProfileDistance)
{
    /// <summary>The scores of some features, such as those of one trajectory, perhaps of several dictionaries.</summary>
    /// <param name="features">at least one</param>
    /// <param name="seed">of the bootstrap</param>
    public static ToyScores Of(IReadOnlyList<FeatureRecovery> features, ulong seed)
    {
        FeatureRecovery[] measured = [.. features.Where(feature => feature.ProfileDistance is not null)];
        var all = Means(features, seed, f => f.Cosine, f => f.Recovered, f => f.OneLatent);
        var profiles = Means(measured, seed, f => f.ProfileDistance!.Value, f => f.LinkedProfileDistance!.Value);
        return new ToyScores(all[0], all[1], all[2], profiles[0], profiles[1]);
    }

    private static Estimate[] Means(IReadOnlyList<FeatureRecovery> features, ulong seed, params Func<FeatureRecovery, double>[] numbers) => features.Count == 0
        ? [.. numbers.Select(_ => Estimate.Exact(double.NaN, 0))]
        : Bootstrap.Estimates(features.Count, seed, units => [.. numbers.Select(number => units.Average(unit => number(features[unit])))]);
}

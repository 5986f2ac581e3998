using Mlsae.Metrics;

namespace Mlsae.Analysis.Interpretation;

/// <summary>How the scores of units go with the moments of their values, over all layers together: Cunningham et al. 2023, Table 2. Each is Pearson's correlation.</summary>
/// <param name="Score">which score</param>
/// <param name="Mean">with the mean; null where one side does not vary</param>
/// <param name="Variance">with the variance</param>
/// <param name="Skew">with the skew about zero</param>
/// <param name="Kurtosis">with the kurtosis about zero</param>
/// <param name="Units">how many scores</param>
public sealed record MomentCorrelations(ScoreKind Score, Estimate? Mean, Estimate? Variance, Estimate? Skew, Estimate? Kurtosis, int Units)
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition =
        "autointerp_moments/1: Pearson correlation over units of a score with E c, E c^2 - (E c)^2, E c^3 / max(var^1.5, 1e-8) and E c^4 / max(var^2, 1e-8) of the unit's values c";

    private static readonly Func<LatentMoments, double>[] Moments = [moments => moments.Mean, moments => moments.Variance, moments => moments.Skew, moments => moments.Kurtosis];

    /// <summary>The correlations of one dictionary's units.</summary>
    /// <param name="units">those that are scored count</param>
    /// <param name="score">which score</param>
    /// <param name="seed">of the bootstrap, over units; a latent that counts at several layers is drawn with all of them</param>
    public static MomentCorrelations Of(IEnumerable<InterpretedUnit> units, ScoreKind score, ulong seed)
    {
        InterpretedUnit[][] clusters = [.. ScoreSummary.Clustered(units).Select(cluster => cluster.ToArray())];
        var found = clusters.Length == 0 ? null : Bootstrap.Estimates(clusters.Length, seed, drawn => Correlations([.. drawn.SelectMany(cluster => clusters[cluster])], score));
        return new MomentCorrelations(score, Defined(found?[0]), Defined(found?[1]), Defined(found?[2]), Defined(found?[3]), clusters.Sum(cluster => cluster.Length));
    }

    private static double[] Correlations(InterpretedUnit[] units, ScoreKind score)
    {
        double[] scores = [.. units.Select(unit => unit.Scores!.Of(score))];
        return [.. Moments.Select(moment => Correlation.Of([.. units.Select(unit => moment(unit.Moments))], scores) ?? double.NaN)];
    }

    /// <summary>Without an interval where some resample, perhaps one unit many times over, has no correlation.</summary>
    private static Estimate? Defined(Estimate? estimate) =>
        estimate is null || !double.IsFinite(estimate.Mean) ? null
        : estimate is { Low: { } low, High: { } high } && double.IsFinite(low) && double.IsFinite(high) ? estimate
        : Estimate.Exact(estimate.Mean, estimate.N);
}

using Mlsae.Metrics;

namespace Mlsae.Analysis.Interpretation;

/// <summary>Which of a unit's scores.</summary>
public enum ScoreKind
{
    /// <summary>Over top and random fragments.</summary>
    TopRandom,

    /// <summary>Over top fragments alone.</summary>
    Top,

    /// <summary>Over random fragments alone.</summary>
    Random,
}

/// <summary>The mean of scores.</summary>
/// <param name="Mean">with its bootstrap interval over units; a latent of a shared dictionary that counts at several layers is drawn with all of them</param>
/// <param name="Scores">how many scores the mean is of</param>
/// <param name="PublishedHalfWidth">1.96 · s / √N, s the standard deviation with divisor N − 1: half of the published interval; null for a single score</param>
public sealed record ScoreSummary(Estimate Mean, int Scores, double? PublishedHalfWidth)
{
    private const double NormalQuantile = 1.96;

    /// <summary>Summarises one of the scores of units.</summary>
    /// <param name="units">those that are scored count</param>
    /// <param name="kind">which score</param>
    /// <param name="seed">of the bootstrap</param>
    /// <returns>null where no unit is scored</returns>
    public static ScoreSummary? Of(IEnumerable<InterpretedUnit> units, ScoreKind kind, ulong seed)
    {
        double[][] clusters = Clusters(units, kind);
        double[] scores = [.. clusters.SelectMany(cluster => cluster)];
        return scores.Length == 0 ? null : new ScoreSummary(
            Bootstrap.Estimates(clusters.Length, seed, drawn => [MeanOf(clusters, drawn)])[0], scores.Length, scores.Length < 2 ? null : NormalQuantile * Deviation(scores) / Math.Sqrt(scores.Length));
    }

    /// <summary>How much higher the mean of one dictionary's units is than that of another's.</summary>
    /// <param name="first">units of the one</param>
    /// <param name="second">units of the other</param>
    /// <param name="kind">which score</param>
    /// <param name="seed">of the bootstrap</param>
    /// <returns>the first less the second, with its interval over units of both; null where one has no unit that is scored</returns>
    public static Estimate? Difference(IEnumerable<InterpretedUnit> first, IEnumerable<InterpretedUnit> second, ScoreKind kind, ulong seed)
    {
        double[][] a = Clusters(first, kind), b = Clusters(second, kind);
        if (a.Length == 0 || b.Length == 0)
        {
            return null;
        }

        // The bootstrap's difference is the second less the first.
        var design = new PairedDesign { Seeds = 1, Units = b.Length, UnitsOfSecond = a.Length, Seed = seed };
        return PairedBootstrap.Estimates(design, (_, drawn) => [MeanOf(b, drawn)], (_, drawn) => [MeanOf(a, drawn)])[0].Difference;
    }

    /// <summary>The units by what they are bootstrapped over: a latent at several layers is one.</summary>
    internal static IEnumerable<IGrouping<(string, int, int), InterpretedUnit>> Clustered(IEnumerable<InterpretedUnit> units) =>
        units.Where(unit => unit.Scores is not null).GroupBy(unit => (unit.Unit.Dictionary, unit.Unit.IsShared ? -1 : unit.Unit.Layer, unit.Unit.Index));

    private static double[][] Clusters(IEnumerable<InterpretedUnit> units, ScoreKind kind) => [.. Clustered(units).Select(cluster => cluster.Select(unit => unit.Scores!.Of(kind)).ToArray())];

    private static double MeanOf(double[][] clusters, int[] drawn)
    {
        double sum = 0;
        int count = 0;
        foreach (int cluster in drawn)
        {
            (sum, count) = (sum + clusters[cluster].Sum(), count + clusters[cluster].Length);
        }

        return sum / count;
    }

    private static double Deviation(double[] scores)
    {
        double mean = scores.Average();
        return Math.Sqrt(scores.Sum(score => (score - mean) * (score - mean)) / (scores.Length - 1));
    }
}

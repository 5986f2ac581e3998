using Mlsae.Numerics;

namespace Mlsae.Analysis.Interpretation;

/// <summary>
/// How well simulated activations go with true ones: Pearson's correlation over the tokens of all scored fragments together, 640 for top and random ones. A simulation that is the same on all tokens says nothing and
/// scores 0, as in Bricken et al. 2023; Bills et al. leave its score undefined.
/// </summary>
/// <param name="TopRandom">over the top and the random fragments: what is meant where nothing else is said</param>
/// <param name="Top">over the top fragments alone</param>
/// <param name="Random">over the random fragments alone</param>
/// <param name="IsConstant">whether the simulation is the same on all tokens of all fragments</param>
public sealed record UnitScores(double TopRandom, double Top, double Random, bool IsConstant)
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition =
        "autointerp_score/1: Pearson correlation of simulated with true activations over all tokens of 5 top and 5 random fragments (top-random), or of one of these alone; 0 where the simulation does not vary";

    /// <summary>One of the scores.</summary>
    public double Of(ScoreKind kind) => kind switch
    {
        ScoreKind.TopRandom => TopRandom,
        ScoreKind.Top => Top,
        _ => Random,
    };

    /// <summary>Scores a simulation.</summary>
    /// <param name="splits">the true activations</param>
    /// <param name="simulated">[10][64] of the top fragments, then of the random ones</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static UnitScores Of(RecordSplits splits, IReadOnlyList<double[]> simulated)
    {
        Require.Equal(simulated.Count, splits.Top.Count + splits.Random.Count);
        double[][] top = [.. simulated.Take(splits.Top.Count)], random = [.. simulated.Skip(splits.Top.Count)];
        double? both = Score(splits.Scored, simulated);
        return new UnitScores(both ?? 0, Score(splits.Top, top) ?? 0, Score(splits.Random, random) ?? 0, both is null);
    }

    private static double? Score(IReadOnlyList<FragmentRecord> records, IReadOnlyList<double[]> simulated) =>
        Correlation.Of([.. simulated.SelectMany(values => values)], [.. records.SelectMany(record => record.Values.Select(value => (double)value))]);
}

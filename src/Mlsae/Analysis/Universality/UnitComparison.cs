using Mlsae.Analysis.Units;
using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Universality;

/// <summary>Units of one side of a comparison.</summary>
/// <param name="Name">whose</param>
/// <param name="Activations">their activations</param>
/// <param name="Attributions">their attributions</param>
/// <param name="Weights">[units × vocabulary] their logit weights</param>
internal sealed record Side(string Name, UnitMoments Activations, UnitMoments Attributions, Matrix Weights);

/// <summary>Compares the units of one side with those of another, each with its best match.</summary>
internal static class UnitComparison
{
    /// <summary>Compares units.</summary>
    /// <param name="a">whose units are looked at</param>
    /// <param name="b">among whose the matches are</param>
    /// <param name="products">of activations, of attributions, and of activations at other tokens</param>
    /// <param name="vocabulary">the tokens whose logit weights are compared</param>
    /// <param name="seed">of the bootstrap and of the chance pairs</param>
    /// <exception cref="ArgumentException">No unit of one side fires often enough.</exception>
    public static UnitUniversality Of(Side a, Side b, (IUnitProducts Activations, IUnitProducts Attributions, IUnitProducts OtherTokens) products, int[] vocabulary, ulong seed)
    {
        int[] units = UnitCensus.KeptOf(a.Activations), others = UnitCensus.KeptOf(b.Activations);
        Require.That(units.Length > 0, $"None of the {a.Name} fires often enough to be compared.");
        Require.That(others.Length > 0, $"None of the {b.Name} fires often enough to be compared.");
        var best = UnitMatch.Best(products.Activations, a.Activations, units, b.Activations, others);
        var byAttribution = UnitMatch.Best(products.Attributions, a.Attributions, units, b.Attributions, others);
        var otherTokens = UnitMatch.Best(products.OtherTokens, a.Activations, units, b.Activations, others);
        var pairs = new UniversalPair[units.Length];
        Workers.For(units.Length, i => pairs[i] = Pair(best[i], a, b, products.Attributions, vocabulary));
        double[] chance = ByChance(best, a, b, vocabulary, seed);
        return new UnitUniversality(
            a.Name, b.Name, Median([.. pairs.Select(pair => pair.Activation)], seed), Median([.. pairs.Select(pair => pair.Attribution)], seed),
            Median([.. byAttribution.Select(match => match.Correlation)], seed), Median([.. pairs.Select(pair => pair.LogitWeights)], seed),
            Median([.. otherTokens.Select(match => match.Correlation)], seed), Median(chance, seed), pairs);
    }

    /// <summary>The median with its interval over units.</summary>
    internal static Estimate Median(double[] values, ulong seed) => Bootstrap.Estimates(values.Length, seed, drawn =>
    {
        double[] sorted = [.. drawn.Select(i => values[i])];
        Array.Sort(sorted);
        return [Bootstrap.Percentile(sorted, 0.5)];
    })[0];

    private static UniversalPair Pair(UnitMatch match, Side a, Side b, IUnitProducts attributions, int[] vocabulary)
    {
        var row = new double[attributions.SecondCount];
        attributions.Read(match.Unit, row);
        return new UniversalPair(
            match.Unit, match.Match, a.Activations.Density(match.Unit), match.Correlation, a.Attributions.Correlation(match.Unit, b.Attributions, match.Match, row[match.Match]),
            WeightCorrelation(a.Weights.Row(match.Unit), b.Weights.Row(match.Match), vocabulary));
    }

    /// <summary>[units] The correlation of each unit's logit weights with those of another unit's match.</summary>
    private static double[] ByChance(UnitMatch[] best, Side a, Side b, int[] vocabulary, ulong seed)
    {
        int[] matches = [.. best.Select(match => match.Match)];
        new Philox(seed, "logit weights by chance").Shuffle<int>(matches);
        var correlations = new double[best.Length];
        Workers.For(best.Length, i => correlations[i] = WeightCorrelation(a.Weights.Row(best[i].Unit), b.Weights.Row(matches[i]), vocabulary));
        return correlations;
    }

    /// <summary>Pearson's correlation over some tokens; 0 where either does not vary.</summary>
    internal static double WeightCorrelation(ReadOnlySpan<float> v, ReadOnlySpan<float> w, int[] vocabulary)
    {
        double meanV = 0, meanW = 0, vv = 0, ww = 0, vw = 0;
        foreach (int id in vocabulary)
        {
            meanV += v[id] / (double)vocabulary.Length;
            meanW += w[id] / (double)vocabulary.Length;
        }

        foreach (int id in vocabulary)
        {
            double x = v[id] - meanV, y = w[id] - meanW;
            (vv, ww, vw) = (vv + x * x, ww + y * y, vw + x * y);
        }

        return vv == 0 || ww == 0 ? 0 : vw / Math.Sqrt(vv * ww);
    }
}

using Mlsae.Numerics;

namespace Mlsae.Analysis.Patching;

/// <summary>
/// Fast orders, from gradients: a feature's estimated effect is Σ (c̄ − c) · (gradient · f) over positions, and the feature that is estimated to lower the divergence most comes first.
/// Attribution patching takes the gradient at the base run (Nanda 2023; Syed et al. 2023); integrated gradients its mean on the straight way to all features patched
/// (Sundararajan et al. 2017), so that the effects add up to what all features do together.
/// </summary>
/// <remarks>
/// At the base run the gradient of KL(patched ‖ target) nearly vanishes where the model is certain of the base prompt's token. Attribution therefore takes that of KL(target ‖ patched),
/// unless told otherwise.
/// </remarks>
public static class AttributionOrder
{
    /// <summary>Points on the way at which integrated gradients are taken.</summary>
    public const int Steps = 8;

    /// <summary>The order by the gradient at the base run.</summary>
    /// <param name="patch">whose features</param>
    /// <param name="direction">of which divergence</param>
    public static FeatureOrder ByGradient(FeaturePatch patch, DivergenceDirection direction = DivergenceDirection.TargetFromPatched) => ByEffect(
        direction == DivergenceDirection.TargetFromPatched ? OrderMethod.Attribution : OrderMethod.AttributionOfDivergence, patch, Effects(patch, direction));

    /// <summary>The order by the mean gradient on the way.</summary>
    /// <param name="patch">whose features</param>
    /// <param name="steps">points on the way, at the middles of equal parts</param>
    public static FeatureOrder ByIntegratedGradients(FeaturePatch patch, int steps = Steps) =>
        ByEffect(OrderMethod.IntegratedGradients, patch, IntegratedEffects(patch, steps));

    /// <summary>The order by effects: the most negative first.</summary>
    /// <param name="method">where the effects are from</param>
    /// <param name="patch">whose features</param>
    /// <param name="effects">[features] in nats</param>
    public static FeatureOrder ByEffect(OrderMethod method, FeaturePatch patch, double[] effects) => new(method, [.. patch.Candidates.OrderBy(feature => effects[feature])]);

    /// <summary>[features] The estimated change of a mean divergence, in nats, when a feature alone is patched into the base run.</summary>
    public static double[] Effects(FeaturePatch patch, DivergenceDirection direction) =>
        Mean(patch, patch.LinearEffects(patch.Task.ResidualGradient(direction, patch.Layer, patch.Task.BaseResidual(patch.Layer))));

    /// <summary>[features] Their shares of the change of the mean KL(patched ‖ target), in nats, when all are patched.</summary>
    /// <param name="patch">whose features</param>
    /// <param name="steps">points on the way, at the middles of equal parts</param>
    public static double[] IntegratedEffects(FeaturePatch patch, int steps = Steps) => Mean(patch, IntegratedEffectsByPair(patch, steps));

    /// <summary>[features][its pairs, as <see cref="FeaturePatch.PairsOf"/>] The same in each pair.</summary>
    /// <inheritdoc cref="IntegratedEffects" path="/param"/>
    public static double[][] IntegratedEffectsByPair(FeaturePatch patch, int steps = Steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        double[][] sum = [.. Enumerable.Range(0, patch.Decomposition.FeatureCount).Select(feature => new double[patch.PairsOf(feature).Count])];
        for (int step = 0; step < steps; step++)
        {
            double[][] effects = patch.LinearEffects(patch.Task.ResidualGradient(DivergenceDirection.PatchedFromTarget, patch.Layer, OnTheWay(patch, (step + 0.5f) / steps)));
            for (int feature = 0; feature < sum.Length; feature++)
            {
                for (int i = 0; i < sum[feature].Length; i++)
                {
                    sum[feature][i] += effects[feature][i] / steps;
                }
            }
        }

        return sum;
    }

    /// <summary>An order for each pair by itself, of the features whose codes differ there: the most negative effect first.</summary>
    /// <param name="patch">whose features</param>
    /// <param name="effects">[features][its pairs] in nats, by integrated gradients</param>
    public static IReadOnlyList<FeatureOrder> OfEachPair(FeaturePatch patch, double[][] effects)
    {
        var own = new List<(double Effect, int Feature)>[patch.Task.Pairs.Count];
        foreach (int feature in patch.Candidates)
        {
            foreach (var (i, pair) in patch.PairsOf(feature).Index())
            {
                (own[pair] ??= []).Add((effects[feature][i], feature));
            }
        }

        return [.. own.Select(of => new FeatureOrder(OrderMethod.IntegratedGradients, [.. (of ?? []).Order().Select(at => at.Feature)]))];
    }

    /// <summary>[features] The mean over all pairs; in those where a feature's codes do not differ it does nothing.</summary>
    public static double[] Mean(FeaturePatch patch, double[][] effects) => [.. effects.Select(of => of.Sum() / patch.Task.Pairs.Count)];

    private static Matrix OnTheWay(FeaturePatch patch, float share)
    {
        int length = patch.Task.Pairs.Length;
        bool[] all = patch.All();
        var residual = new Matrix(patch.Task.Pairs.Count * length, patch.Decomposition.Directions.Columns);
        Workers.For(patch.Task.Pairs.Count, pair => patch.PatchedResidual(new PatchedRun(pair, all), share).CopyTo(residual.RowWindow(pair * length, length)));
        return residual;
    }
}

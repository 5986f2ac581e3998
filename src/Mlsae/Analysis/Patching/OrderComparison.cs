using System.Diagnostics;
using MathNet.Numerics.Statistics;
using Mlsae.Metrics;

namespace Mlsae.Analysis.Patching;

/// <summary>How well the fast orders agree with the published elimination, which takes thousands of runs of the model: by their curves and by rank.</summary>
public static class OrderComparison
{
    /// <summary>Features that a greedy order is followed for, and that first places are compared for.</summary>
    public const int FirstFeatures = 16;

    /// <summary>Puts the features of a patch in order in every way.</summary>
    /// <param name="patch">whose features; of few pairs</param>
    /// <param name="seed">of the elimination and the bootstrap</param>
    /// <param name="thresholds">of the elimination</param>
    /// <param name="cancellation">ends the work</param>
    public static IReadOnlyList<ComparedOrder> Measure(
        FeaturePatch patch, ulong seed, int thresholds = EliminationOrder.PublishedThresholds, CancellationToken cancellation = default)
    {
        EliminationResult? elimination = null;
        var timed = new List<(FeatureOrder Order, double Seconds)>();
        Time(() => (elimination = EliminationOrder.Run(patch, seed, thresholds, cancellation: cancellation)).Order);
        Time(() => AttributionOrder.ByGradient(patch));
        Time(() => AttributionOrder.ByGradient(patch, DivergenceDirection.PatchedFromTarget));
        Time(() => AttributionOrder.ByIntegratedGradients(patch));
        Time(() => GreedyOrder.Run(patch, FirstFeatures, cancellation: cancellation));
        return [.. timed.Select((of, i) => Compared(patch, of.Order, timed[0].Order, of.Seconds, seed, i == 0 ? elimination!.Points : []))];

        void Time(Func<FeatureOrder> find)
        {
            var clock = Stopwatch.StartNew();
            var order = find();
            timed.Add((order, clock.Elapsed.TotalSeconds));
        }
    }

    private static ComparedOrder Compared(FeaturePatch patch, FeatureOrder order, FeatureOrder elimination, double seconds, ulong seed, IReadOnlyList<EliminationPoint> points)
    {
        var curve = PatchingCurve.Measure(patch, order);
        var areas = Bootstrap.Estimates(patch.Task.Pairs.Count, seed, pairs => [curve.AreaByCount(pairs, PatchingResult.MostFeatures), curve.AreaByCount(pairs, FirstFeatures)]);
        bool isWhole = order.Method != OrderMethod.Greedy;
        int shared = order.Features.Take(FirstFeatures).Intersect(elimination.Features.Take(FirstFeatures)).Count();
        return new ComparedOrder(
            patch.Layer, patch.Decomposition.Name, order.Method, isWhole ? areas[0] : null, areas[1], isWhole ? RankCorrelation(order, elimination) : null,
            (double)shared / Math.Min(FirstFeatures, order.Features.Count), seconds, points);
    }

    private static double RankCorrelation(FeatureOrder order, FeatureOrder other)
    {
        var places = other.Features.Index().ToDictionary(of => of.Item, of => (double)of.Index);
        return Correlation.Spearman(order.Features.Select((_, i) => (double)i), order.Features.Select(feature => places[feature]));
    }
}

using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Patching;

/// <summary>Patches the features of several decompositions, layer by layer, on the same prompt pairs. Figures 3 and 17 of Cunningham et al. 2023.</summary>
/// <param name="task">the pairs on which features are put in order and measured</param>
/// <param name="heldOut">pairs on which they are measured alone</param>
/// <param name="tokenText">how a token is written</param>
/// <param name="seed">of the bootstrap</param>
public sealed class PatchingStudy(PatchingTask task, PatchingTask heldOut, Func<int, string> tokenText, ulong seed)
{
    private const int NamedFeatures = 16;
    private const int NamedTokens = 4;
    private const double Half = 0.5;

    private readonly List<Measured[]> _layers = [];

    /// <summary>Measures a layer.</summary>
    /// <param name="layer">the block</param>
    /// <param name="decompositions">of that layer; the others are compared with the first</param>
    /// <param name="progress">told the share of the decompositions done</param>
    /// <param name="cancellation">ends the work</param>
    public PatchedLayer Layer(int layer, IReadOnlyList<LayerDecomposition> decompositions, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var measured = new Measured[decompositions.Count];
        double[] fullEdits = FullEdits(task, layer);
        for (int i = 0; i < measured.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            measured[i] = Measure(layer, decompositions[i], fullEdits);
            progress?.Report((i + 1.0) / measured.Length);
        }

        _layers.Add(measured);
        var summaries = Summaries([measured]);
        return new PatchedLayer(layer, fullEdits.Average(), [.. measured.Zip(summaries, Described)]);
    }

    /// <summary>Each decomposition's means over the layers measured so far.</summary>
    public IReadOnlyList<PatchingSummary> Overall() => Summaries(_layers);

    private Measured Measure(int layer, LayerDecomposition decomposition, double[] fullEdits)
    {
        var patch = new FeaturePatch(task, layer, decomposition);
        double[][] byPair = AttributionOrder.IntegratedEffectsByPair(patch);
        double[] effects = AttributionOrder.Mean(patch, byPair);
        var order = AttributionOrder.ByEffect(OrderMethod.IntegratedGradients, patch, effects);
        var others = new FeaturePatch(heldOut, layer, decomposition);
        return new Measured(patch, effects, order, PatchingCurve.Measure(patch, order), PatchingCurve.Measure(others, order),
            PatchingCurve.MeasureEach(patch, AttributionOrder.OfEachPair(patch, byPair)), fullEdits);
    }

    private PatchedDecomposition Described(Measured of, PatchingSummary summary)
    {
        var (patch, curve) = (of.Patch, of.Curve);
        return new PatchedDecomposition(
            patch.Decomposition.Name, patch.Decomposition.FeatureCount, patch.Candidates.Count, curve.Counts, Means(curve), [.. curve.EditMagnitudes.Select(at => at.Average())],
            Means(of.HeldOut), of.Own.Counts, Means(of.Own), summary, [.. of.Order.Features.Take(NamedFeatures).Select(feature => Described(of, feature))]);
    }

    private PatchedFeature Described(Measured of, int feature)
    {
        bool isMeanAndScale = feature == of.Patch.Decomposition.MeanAndScale;
        return new PatchedFeature(
            isMeanAndScale ? feature : of.Patch.Decomposition.FirstLatent + feature, isMeanAndScale, of.Effects[feature], of.Patch.PairsOf(feature).Count,
            [.. of.Patch.Tokens(feature, NamedTokens).Select(tokenText)]);
    }

    private Estimate[] Means(PatchingCurve curve) => Bootstrap.Estimates(
        curve.Divergences[0].Length, seed, pairs => [.. curve.Divergences.Select(at => pairs.Average(pair => at[pair]))]);

    /// <summary>Means over layers of each decomposition's numbers, with the same pairs drawn for all.</summary>
    private PatchingSummary[] Summaries(IReadOnlyList<Measured[]> layers)
    {
        var own = Bootstrap.Estimates(task.Pairs.Count, seed, pairs => WithDifferences(MeansOverLayers(layers, of => of.Numbers(pairs, Half))));
        var held = Bootstrap.Estimates(heldOut.Pairs.Count, seed, pairs => [.. MeansOverLayers(layers, of => [of.HeldOut.AreaByCount(pairs, PatchingResult.MostFeatures)]).Select(of => of[0])]);
        string[] names = [.. layers[0].Select(of => of.Patch.Decomposition.Name)];
        var (summaries, next) = (new PatchingSummary[names.Length], 0);
        Estimate Next() => own[next++];
        for (int i = 0; i < names.Length; i++)
        {
            summaries[i] = new PatchingSummary(
                names[i], Next(), Next(), Next(), Next(), held[i], Next(), Next(), [.. names.Take(i).Select(than => new PatchingDifference(than, Next(), Next()))]);
        }

        return summaries;
    }

    /// <summary>Each decomposition's numbers, and after them the differences of its two areas to those of each before it.</summary>
    private static double[] WithDifferences(double[][] numbers) =>
        [.. numbers.SelectMany((of, i) => (double[])[.. of, .. numbers.Take(i).SelectMany(than => (double[])[of[0] - than[0], of[1] - than[1]])])];

    /// <summary>[decompositions][numbers]</summary>
    private static double[][] MeansOverLayers(IReadOnlyList<Measured[]> layers, Func<Measured, double[]> numbers) =>
        [.. Enumerable.Range(0, layers[0].Length).Select(i => MeanOf([.. layers.Select(layer => numbers(layer[i]))]))];

    private static double[] MeanOf(double[][] layers) => [.. Enumerable.Range(0, layers[0].Length).Select(i => layers.Average(of => of[i]))];

    /// <summary>[pairs] mean over positions of ‖x_target − x_base‖.</summary>
    private static double[] FullEdits(PatchingTask task, int layer)
    {
        Matrix from = task.BaseResidual(layer), to = task.TargetResidual(layer);
        return [.. Enumerable.Range(0, task.Pairs.Count).Select(pair =>
        {
            var (first, count) = task.Pairs.Rows(pair);
            return Enumerable.Range(first, count).Average(row => Math.Sqrt(from.Row(row).ToArray().Zip(to.Row(row).ToArray(), (a, b) => ((double)a - b) * ((double)a - b)).Sum()));
        })];
    }

    private sealed record Measured(FeaturePatch Patch, double[] Effects, FeatureOrder Order, PatchingCurve Curve, PatchingCurve HeldOut, PatchingCurve Own, double[] FullEdits)
    {
        public double[] Numbers(int[] pairs, double share)
        {
            double fullEdit = pairs.Average(pair => FullEdits[pair]);
            return
            [
                Curve.AreaByCount(pairs, PatchingResult.MostFeatures), Curve.AreaByEdit(pairs, fullEdit), Curve.CountToReach(pairs, share), Curve.EditToReach(pairs, share) / fullEdit,
                Own.AreaByCount(pairs, PatchingResult.MostFeatures), Own.CountToReach(pairs, share),
            ];
        }
    }
}

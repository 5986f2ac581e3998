using Mlsae.Metrics;

namespace Mlsae.Analysis.Patching;

/// <summary>What patching was asked of and what came of it.</summary>
/// <param name="Definition">name and version of the measure</param>
/// <param name="Accuracy">of the model on the base prompts: where it cannot do the task, patching says nothing about how it does it</param>
/// <param name="TargetAccuracy">the same on the counterfactuals</param>
/// <param name="Pairs">prompt pairs on which features were put in order and measured; as many others are held out</param>
/// <param name="Unpatched">KL(base ‖ target) with nothing patched, in nats</param>
/// <param name="Layers">each patched layer</param>
/// <param name="Overall">each decomposition over all layers</param>
/// <param name="Orders">orders of features compared, on the first pairs</param>
/// <param name="OrderPairs">how many those are</param>
public sealed record PatchingResult(
    string Definition, IndirectObjectAccuracy Accuracy, IndirectObjectAccuracy TargetAccuracy, int Pairs, Estimate Unpatched, IReadOnlyList<PatchedLayer> Layers,
    IReadOnlyList<PatchingSummary> Overall, IReadOnlyList<ComparedOrder> Orders, int OrderPairs)
{
    /// <summary>Name and version.</summary>
    public const string CurrentDefinition =
        "patching/1: mean over prompt pairs of KL(patched || target) at the last token, in nats, with the first k features of an order taken from the counterfactual at all positions of one layer";

    /// <summary>Where the axis of patched features ends for <see cref="PatchingSummary.AreaByCount"/>.</summary>
    public const int MostFeatures = 128;

    /// <summary>The lowest accuracy whose interval must exceed chance for the task to count as done.</summary>
    public const double Chance = 0.5;

    /// <summary>Whether the model does the task better than chance on both sides, by the lower ends of the accuracies' 95 % intervals.</summary>
    public bool ModelDoesTheTask => Accuracy.Low > Chance && TargetAccuracy.Low > Chance;
}

/// <summary>A layer at which codes were exchanged.</summary>
/// <param name="Layer">the block</param>
/// <param name="FullEdit">mean over positions and pairs of ‖x_target − x_base‖: what exchanging the whole vector costs</param>
/// <param name="Decompositions">what came of each</param>
public sealed record PatchedLayer(int Layer, double FullEdit, IReadOnlyList<PatchedDecomposition> Decompositions);

/// <summary>What patching the features of one decomposition of a layer did.</summary>
/// <param name="Name">the decomposition</param>
/// <param name="Features">features it has</param>
/// <param name="Candidates">features whose codes differ somewhere between base and counterfactual</param>
/// <param name="Counts">[points] k</param>
/// <param name="Divergence">[points] KL(patched ‖ target), in nats</param>
/// <param name="EditMagnitude">[points] mean ‖x − x'‖</param>
/// <param name="HeldOutDivergence">[points] the divergence on pairs that took no part in finding the order</param>
/// <param name="OwnCounts">[own points] k where each pair has features of its own</param>
/// <param name="OwnDivergence">[own points] the divergence there</param>
/// <param name="Summary">its curve in a few numbers</param>
/// <param name="First">the first features</param>
public sealed record PatchedDecomposition(
    string Name, int Features, int Candidates, IReadOnlyList<int> Counts, IReadOnlyList<Estimate> Divergence, IReadOnlyList<double> EditMagnitude,
    IReadOnlyList<Estimate> HeldOutDivergence, IReadOnlyList<int> OwnCounts, IReadOnlyList<Estimate> OwnDivergence, PatchingSummary Summary, IReadOnlyList<PatchedFeature> First);

/// <summary>A curve in a few numbers. Intervals are over prompt pairs, drawn with replacement.</summary>
/// <param name="Name">the decomposition</param>
/// <param name="AreaByCount">mean divergence over log2 k, from 1 to 128 patched features; lower is better</param>
/// <param name="AreaByEdit">mean divergence over the edit magnitude, from none to that of the whole vector; lower is better</param>
/// <param name="CountToHalve">features that halve the unpatched divergence; NaN where none do</param>
/// <param name="EditToHalve">edit magnitude that halves it, over that of exchanging the whole vector; NaN where none does</param>
/// <param name="HeldOutAreaByCount">the first on the held-out pairs</param>
/// <param name="OwnAreaByCount">the first where each pair has features of its own, in the order of its own integrated gradients</param>
/// <param name="OwnCountToHalve">features of its own that halve a pair's divergence, on the mean curve of all; NaN where none do</param>
/// <param name="Differences">its areas less those of each decomposition before it</param>
public sealed record PatchingSummary(
    string Name, Estimate AreaByCount, Estimate AreaByEdit, Estimate CountToHalve, Estimate EditToHalve, Estimate HeldOutAreaByCount, Estimate OwnAreaByCount, Estimate OwnCountToHalve,
    IReadOnlyList<PatchingDifference> Differences);

/// <summary>A paired difference between two decompositions' curves: below 0 this one comes nearer the counterfactual with as many features, or as small an edit.</summary>
/// <param name="Than">which decomposition's areas are taken off</param>
/// <param name="ByCount">of the areas over log2 k</param>
/// <param name="ByEdit">of the areas over the edit magnitude</param>
public sealed record PatchingDifference(string Than, Estimate ByCount, Estimate ByEdit);

/// <summary>One of the first features.</summary>
/// <param name="Feature">which; of per-layer dictionaries numbered through all layers</param>
/// <param name="IsMeanAndScale">whether it is not a latent but mean and scale</param>
/// <param name="Effect">its share of the change of the divergence, by integrated gradients, in nats</param>
/// <param name="Pairs">pairs in which its codes differ</param>
/// <param name="Tokens">tokens at which they differ most, of the run in which the code is larger</param>
public sealed record PatchedFeature(int Feature, bool IsMeanAndScale, double Effect, int Pairs, IReadOnlyList<string> Tokens);

/// <summary>An order of features beside the others, on fewer pairs.</summary>
/// <param name="Layer">the block</param>
/// <param name="Decomposition">whose features</param>
/// <param name="Method">how they were put in order</param>
/// <param name="AreaByCount">mean divergence over log2 k, from 1 to 128 features; null for an order of few features</param>
/// <param name="AreaOfFirst">the same from 1 to 16 features</param>
/// <param name="RankCorrelation">Spearman's, of the places of all candidates with those of the elimination; null for an order of few features</param>
/// <param name="SharedOfFirst">share of its first 16 features that are among the first 16 of the elimination</param>
/// <param name="Seconds">what it took</param>
/// <param name="Points">the nested sets of an elimination; empty for others</param>
public sealed record ComparedOrder(
    int Layer, string Decomposition, OrderMethod Method, Estimate? AreaByCount, Estimate AreaOfFirst, double? RankCorrelation, double SharedOfFirst, double Seconds, IReadOnlyList<EliminationPoint> Points);

using Mlsae.Numerics;

namespace Mlsae.Analysis.Patching;

/// <summary>The set that was left after a threshold.</summary>
/// <param name="Threshold">τ, in nats</param>
/// <param name="Features">|F|</param>
/// <param name="Divergence">mean KL(patched ‖ target), in nats</param>
/// <param name="EditMagnitude">mean over pairs of their positions' mean ‖x − x'‖, of the set that was kept</param>
public sealed record EliminationPoint(double Threshold, int Features, double Divergence, double EditMagnitude);

/// <summary>What an elimination came to.</summary>
/// <param name="Order">features that left last come first</param>
/// <param name="Points">the nested sets, one for each threshold</param>
public sealed record EliminationResult(FeatureOrder Order, IReadOnlyList<EliminationPoint> Points);

/// <summary>
/// Backward elimination in the manner of ACDC (Conmy et al. 2023, algorithm 4.1) with the features as a flat graph, as Cunningham et al. 2023 published it: F begins as all features; for each of
/// 50 thresholds 10^−5 .. 1, ascending, the features in F are visited in random order, and one leaves where KL(F without it) − KL(F) is below the threshold.
/// </summary>
/// <remarks>
/// The published code records the edit magnitude of the last set tried, kept or not; here it is that of the set that was kept. A feature's removal is run only in the pairs where its codes differ, and
/// several removals at once, more where features stay: of these, one counts only as long as no feature left before it that differs in a pair of its own, so the result is that of trying one after the other.
/// </remarks>
public sealed class EliminationOrder
{
    /// <summary>Thresholds as published.</summary>
    public const int PublishedThresholds = 50;

    private const int FewestRunsAtOnce = 4;
    private const int MostRunsAtOnce = 64;

    private readonly FeaturePatch _patch;
    private readonly bool[] _kept;
    private readonly double[] _divergences;
    private readonly List<int> _removed = [];
    private int _runsAtOnce = FewestRunsAtOnce;

    private EliminationOrder(FeaturePatch patch)
    {
        _patch = patch;
        _kept = patch.All();
        _divergences = patch.Divergences(_kept);
    }

    /// <summary>Puts features in order.</summary>
    /// <param name="patch">whose features</param>
    /// <param name="seed">of the orders in which features are visited</param>
    /// <param name="thresholds">how many</param>
    /// <param name="progress">told the share of the thresholds done</param>
    /// <param name="cancellation">ends the work</param>
    public static EliminationResult Run(
        FeaturePatch patch, ulong seed = 0, int thresholds = PublishedThresholds, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(thresholds, 2);
        var elimination = new EliminationOrder(patch);
        var points = new List<EliminationPoint>();
        for (int i = 0; i < thresholds; i++)
        {
            double threshold = Math.Pow(10, -5 + 5.0 * i / (thresholds - 1));
            elimination.Visit(threshold, new Philox(seed, "elimination", (ulong)i), cancellation);
            points.Add(new EliminationPoint(
                threshold, patch.Candidates.Count(feature => elimination._kept[feature]), elimination.Divergence, patch.EditMagnitudes(elimination._kept).Average()));
            progress?.Report((i + 1.0) / thresholds);
        }

        return new EliminationResult(new FeatureOrder(OrderMethod.Elimination, elimination.Order()), points);
    }

    private double Divergence => _divergences.Average();

    /// <summary>One threshold: every feature that is left is tried once.</summary>
    private void Visit(double threshold, Philox random, CancellationToken cancellation)
    {
        int[] order = [.. _patch.Candidates.Where(feature => _kept[feature])];
        random.Shuffle(order);
        for (int next = 0; next < order.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            next += TryNext(order.AsSpan(next), threshold);
        }
    }

    /// <summary>Tries the first few features; returns how many of them are decided.</summary>
    private int TryNext(ReadOnlySpan<int> order, double threshold)
    {
        var runs = new List<PatchedRun>();
        int count = 0;
        while (count < order.Length && (count == 0 || runs.Count + _patch.PairsOf(order[count]).Count <= _runsAtOnce))
        {
            int feature = order[count++];
            runs.AddRange(_patch.PairsOf(feature).Select(pair => new PatchedRun(pair, _kept, feature)));
        }

        double[] divergences = _patch.Divergences(runs);
        var stale = new HashSet<int>();
        int decided = 0, at = 0;
        while (decided < count && !_patch.PairsOf(order[decided]).Any(stale.Contains))
        {
            int feature = order[decided++];
            var pairs = _patch.PairsOf(feature);
            if (Leaves(feature, divergences.AsSpan(at, pairs.Count), threshold))
            {
                stale.UnionWith(pairs);
            }

            at += pairs.Count;
        }

        // Where features leave, what was run after them is lost: fewer at once. Where they stay, more.
        _runsAtOnce = Math.Clamp(decided == count ? 2 * _runsAtOnce : at, FewestRunsAtOnce, MostRunsAtOnce);
        return decided;
    }

    private bool Leaves(int feature, ReadOnlySpan<double> without, double threshold)
    {
        var pairs = _patch.PairsOf(feature);
        double change = 0;
        for (int i = 0; i < pairs.Count; i++)
        {
            change += (without[i] - _divergences[pairs[i]]) / _divergences.Length;
        }

        if (!(change < threshold))
        {
            return false;
        }

        _kept[feature] = false;
        _removed.Add(feature);
        for (int i = 0; i < pairs.Count; i++)
        {
            _divergences[pairs[i]] = without[i];
        }

        return true;
    }

    /// <summary>Those that never left come first, the one whose removal would harm most before the others.</summary>
    private int[] Order()
    {
        int[] left = [.. _patch.Candidates.Where(feature => _kept[feature])];
        var harm = left.ToDictionary(feature => feature, feature =>
        {
            var pairs = _patch.PairsOf(feature);
            double[] without = _patch.Divergences([.. pairs.Select(pair => new PatchedRun(pair, _kept, feature))]);
            return without.Zip(pairs, (kl, pair) => kl - _divergences[pair]).Sum();
        });
        return [.. left.OrderByDescending(feature => harm[feature]), .. Enumerable.Reverse(_removed)];
    }
}

using Mlsae.Numerics;

namespace Mlsae.Analysis.Patching;

/// <summary>What patching more and more features of an order does in each pair.</summary>
/// <param name="Counts">[points] k, ascending from 0; the last is all features of the order</param>
/// <param name="Divergences">[points][pairs] KL(patched ‖ target), in nats</param>
/// <param name="EditMagnitudes">[points][pairs] mean over positions of ‖x − x'‖</param>
public sealed record PatchingCurve(IReadOnlyList<int> Counts, IReadOnlyList<double[]> Divergences, IReadOnlyList<double[]> EditMagnitudes)
{
    /// <summary>Measures one order in all pairs.</summary>
    /// <param name="patch">the features; perhaps of other pairs than the order was found on</param>
    /// <param name="order">which come first</param>
    public static PatchingCurve Measure(FeaturePatch patch, FeatureOrder order)
    {
        int[] counts = CountsUpTo(order.Features.Count);
        bool[][] sets = [.. counts.Select(count => order.First(patch, count))];
        return Measure(patch, counts, (point, _) => sets[point]);
    }

    /// <summary>Measures each pair with an order of its own.</summary>
    /// <param name="patch">the features</param>
    /// <param name="orders">[pairs] which come first</param>
    public static PatchingCurve MeasureEach(FeaturePatch patch, IReadOnlyList<FeatureOrder> orders)
    {
        Require.Equal(orders.Count, patch.Task.Pairs.Count);
        int[] counts = CountsUpTo(orders.Max(order => order.Features.Count));
        return Measure(patch, counts, (point, pair) => orders[pair].First(patch, counts[point]));
    }

    private static PatchingCurve Measure(FeaturePatch patch, int[] counts, Func<int, int, bool[]> setOf)
    {
        int pairs = patch.Task.Pairs.Count;
        PatchedRun[] runs = [.. counts.SelectMany((_, point) => Enumerable.Range(0, pairs).Select(pair => new PatchedRun(pair, setOf(point, pair))))];
        var magnitudes = new double[runs.Length];
        Workers.For(runs.Length, i => magnitudes[i] = patch.EditMagnitude(runs[i]));
        return new PatchingCurve(counts, patch.Divergences(runs).Chunk(pairs).ToArray(), magnitudes.Chunk(pairs).ToArray());
    }

    /// <summary>The mean divergence over log2 k, from one feature to <paramref name="most"/>: the area under the curve of figure 3 with a logarithmic axis, over its width.</summary>
    /// <param name="pairs">the pairs that are averaged over, the same perhaps several times</param>
    /// <param name="most">where the axis ends; a shorter curve stays at its last value</param>
    public double AreaByCount(int[] pairs, int most)
    {
        (double X, double Y)[] points = [.. Counts.Skip(1).Select((count, i) => (Math.Log2(count), Mean(Divergences[i + 1], pairs)))];
        return MeanHeight(points.Length == 0 ? [(0, Mean(Divergences[0], pairs))] : points, 0, Math.Log2(most));
    }

    /// <summary>The mean divergence over the edit magnitude, from none to <paramref name="most"/>.</summary>
    /// <inheritdoc cref="AreaByCount" path="/param"/>
    public double AreaByEdit(int[] pairs, double most) => MeanHeight(Edits(pairs), 0, most);

    /// <summary>How many features bring the mean divergence down to a share of the unpatched one, between two points on a logarithmic axis; NaN where none do.</summary>
    /// <param name="pairs">the pairs that are averaged over</param>
    /// <param name="share">such as 0.5</param>
    public double CountToReach(int[] pairs, double share)
    {
        (double X, double Y)[] points = [.. Counts.Select((count, i) => (Math.Log2(Math.Max(count, 0.5)), Mean(Divergences[i], pairs)))];
        return Math.Pow(2, FirstBelow(points, share * points[0].Y));
    }

    /// <summary>The edit magnitude that brings the mean divergence down to a share of the unpatched one; NaN where none does.</summary>
    /// <inheritdoc cref="CountToReach" path="/param"/>
    public double EditToReach(int[] pairs, double share)
    {
        var points = Edits(pairs);
        return FirstBelow(points, share * points[0].Y);
    }

    /// <summary>k at which curves are measured: steps of about a half of a power of two.</summary>
    public static int[] CountsUpTo(int most)
    {
        var counts = new List<int> { 0 };
        for (int count = 1; count < most; count = counts[^1] < 4 ? count + 1 : int.IsPow2(count) ? count * 3 / 2 : count / 3 * 4)
        {
            counts.Add(count);
        }

        return most == 0 ? [0] : [.. counts, most];
    }

    private static double Mean(double[] values, int[] pairs)
    {
        double sum = 0;
        foreach (int pair in pairs)
        {
            sum += values[pair];
        }

        return sum / pairs.Length;
    }

    /// <summary>Divergence against edit magnitude. Where another feature makes the edit smaller, the point stays where it was.</summary>
    private (double X, double Y)[] Edits(int[] pairs)
    {
        var points = new (double X, double Y)[Counts.Count];
        double largest = 0;
        for (int i = 0; i < points.Length; i++)
        {
            largest = Math.Max(largest, Mean(EditMagnitudes[i], pairs));
            points[i] = (largest, Mean(Divergences[i], pairs));
        }

        return points;
    }

    /// <summary>The mean of a line through points between two places; after the last point it stays level.</summary>
    private static double MeanHeight((double X, double Y)[] points, double from, double to)
    {
        double area = 0;
        for (int i = 0; i + 1 < points.Length && points[i].X < to; i++)
        {
            var (left, right) = (points[i], points[i + 1]);
            double end = Math.Min(right.X, to);
            double atEnd = right.X > left.X ? left.Y + (right.Y - left.Y) * (end - left.X) / (right.X - left.X) : right.Y;
            area += (end - left.X) * (left.Y + atEnd) / 2;
        }

        area += Math.Max(0, to - Math.Max(from, points[^1].X)) * points[^1].Y;
        return to > from ? area / (to - from) : points[0].Y;
    }

    private static double FirstBelow((double X, double Y)[] points, double height)
    {
        for (int i = 1; i < points.Length; i++)
        {
            var (left, right) = (points[i - 1], points[i]);
            if (right.Y <= height)
            {
                return left.Y > right.Y ? left.X + (right.X - left.X) * (left.Y - height) / (left.Y - right.Y) : right.X;
            }
        }

        return double.NaN;
    }
}

namespace Mlsae.Analysis.Patching;

/// <summary>Greedy forward selection: F begins empty, and the feature that lowers the mean divergence most comes next. For small sets: each step tries all that are left.</summary>
public static class GreedyOrder
{
    /// <summary>Puts the first few features in order.</summary>
    /// <param name="patch">whose features</param>
    /// <param name="count">how many at most; it also ends where no feature lowers the divergence</param>
    /// <param name="progress">told the share of the steps done</param>
    /// <param name="cancellation">ends the work</param>
    public static FeatureOrder Run(FeaturePatch patch, int count, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        bool[] patched = patch.None();
        double[] divergences = [.. patch.Task.Unpatched];
        var left = patch.Candidates.ToHashSet();
        var with = new Dictionary<(int Feature, int Pair), double>();
        var order = new List<int>();
        while (order.Count < count && left.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            Fill(patch, patched, left, with);
            double Change(int feature) => patch.PairsOf(feature).Sum(pair => with[(feature, pair)] - divergences[pair]);
            int best = left.OrderBy(Change).ThenBy(feature => feature).First();
            if (Change(best) >= 0)
            {
                break;
            }

            foreach (int pair in patch.PairsOf(best))
            {
                divergences[pair] = with[(best, pair)];
                Forget(left, pair, with);
            }

            (patched[best], _) = (true, left.Remove(best));
            order.Add(best);
            progress?.Report((double)order.Count / count);
        }

        return new FeatureOrder(OrderMethod.Greedy, order);
    }

    /// <summary>Runs what is not known: a feature's addition is known in a pair until another one is patched there.</summary>
    private static void Fill(FeaturePatch patch, bool[] patched, HashSet<int> left, Dictionary<(int Feature, int Pair), double> with)
    {
        (int Feature, int Pair)[] unknown =
            [.. left.Order().SelectMany(feature => patch.PairsOf(feature).Select(pair => (feature, pair))).Where(of => !with.ContainsKey(of))];
        double[] divergences = patch.Divergences([.. unknown.Select(of => new PatchedRun(of.Pair, patched, of.Feature))]);
        for (int i = 0; i < unknown.Length; i++)
        {
            with[unknown[i]] = divergences[i];
        }
    }

    private static void Forget(HashSet<int> left, int pair, Dictionary<(int Feature, int Pair), double> with)
    {
        foreach (int feature in left)
        {
            with.Remove((feature, pair));
        }
    }
}

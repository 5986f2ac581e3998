namespace Mlsae.Analysis.Patching;

/// <summary>How features are put in order.</summary>
public enum OrderMethod
{
    /// <summary>By the gradient of KL(target ‖ patched) at the base run: one backward pass.</summary>
    Attribution,

    /// <summary>By the gradient of KL(patched ‖ target), the divergence that is measured, at the base run.</summary>
    AttributionOfDivergence,

    /// <summary>By the mean gradient on the way from the base run to all features patched.</summary>
    IntegratedGradients,

    /// <summary>Backward: from all features, those that matter least leave first. As published.</summary>
    Elimination,

    /// <summary>Forward: from none, the one that helps most comes next.</summary>
    Greedy,
}

/// <summary>Features in the order in which they are patched: the first k are the set of k.</summary>
/// <param name="Method">how they were put in order</param>
/// <param name="Features">candidates of a <see cref="FeaturePatch"/>; a greedy order may stop before the last</param>
public sealed record FeatureOrder(OrderMethod Method, IReadOnlyList<int> Features)
{
    /// <summary>The sets of the first k features.</summary>
    /// <param name="patch">what they are of</param>
    /// <param name="count">k; more than there are is all of them</param>
    public bool[] First(FeaturePatch patch, int count)
    {
        bool[] patched = patch.None();
        foreach (int feature in Features.Take(count))
        {
            patched[feature] = true;
        }

        return patched;
    }
}

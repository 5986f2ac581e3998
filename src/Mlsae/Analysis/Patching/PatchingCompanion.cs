namespace Mlsae.Analysis.Patching;

/// <summary>What a run's dictionary can be compared with in patching.</summary>
/// <param name="Name">in settings, options and folders</param>
/// <param name="Title">what figures and tables call it</param>
/// <param name="ComparesOrders">whether orders of its features are compared with the published elimination: that takes thousands of runs of the model, so it is done for few</param>
public sealed record PatchingCompanion(string Name, string Title, bool ComparesOrders = false)
{
    /// <summary>A dictionary for each layer, all together with as many latents as the run's.</summary>
    public static PatchingCompanion PerLayer { get; } = new("per-layer", "per-layer, n / L each", ComparesOrders: true);

    /// <summary>A dictionary for each layer, each with as many latents as the run's.</summary>
    public static PatchingCompanion PerLayerEach { get; } = new("per-layer-n", "per-layer, n each");

    /// <summary>A ReLU dictionary for each layer without the term for sparsity.</summary>
    public static PatchingCompanion NoSparsity { get; } = new("no-sparsity", "per-layer, no sparsity (α = 0)");

    /// <summary>Principal components of each layer.</summary>
    public static PatchingCompanion Pca { get; } = new("pca", "PCA", ComparesOrders: true);

    /// <summary>Independent components of each layer.</summary>
    public static PatchingCompanion Ica { get; } = new("ica", "ICA");

    /// <summary>A random orthogonal basis.</summary>
    public static PatchingCompanion RandomRotation { get; } = new("random-rotation", "random rotation");

    /// <summary>The dimensions of the residual stream themselves.</summary>
    public static PatchingCompanion ResidualBasis { get; } = new("residual-basis", "residual basis");

    /// <summary>All of them, in the order of tables.</summary>
    public static IReadOnlyList<PatchingCompanion> All { get; } = [PerLayer, PerLayerEach, NoSparsity, Pca, Ica, RandomRotation, ResidualBasis];
}

using System.Globalization;
using Mlsae.Dictionaries;
using Mlsae.Numerics;

namespace Mlsae.Pipelines.Comparisons;

/// <summary>What one arm of a comparison is given, for one seed.</summary>
public sealed record ArmBudget
{
    /// <summary>How its latents are arranged over layers.</summary>
    public required Arrangement Arrangement { get; init; }

    /// <summary>What tables call it: "mlsae", "per-layer" or "crosscoder".</summary>
    public required string Name { get; init; }

    /// <summary>Dictionaries: one, or one for each layer.</summary>
    public required int Dictionaries { get; init; }

    /// <summary>Latents of each dictionary.</summary>
    public required int LatentsPerDictionary { get; init; }

    /// <summary>Trained numbers of all its dictionaries: 2·d·n + d each, d being L·d_model of a crosscoder.</summary>
    public required long Parameters { get; init; }

    /// <summary>Tokens it is trained on; each has a vector for every layer.</summary>
    public required long Tokens { get; init; }

    /// <summary>Vectors that each dictionary is trained on; those of a crosscoder hold all layers.</summary>
    public required long VectorsPerDictionary { get; init; }

    /// <summary>2·d·n for each vector of each dictionary: what its encoder multiplies and adds in training.</summary>
    public required double EncoderFlops { get; init; }

    /// <summary>What became of a budget that does not divide evenly; null where it does.</summary>
    public string? Rounding { get; init; }

    /// <summary>Latents of all its dictionaries.</summary>
    public int TotalLatents => Dictionaries * LatentsPerDictionary;

    /// <summary>The multi-layer dictionary: the others are measured by it.</summary>
    /// <param name="latents">n</param>
    /// <param name="tokens">T</param>
    /// <param name="sizes">the vectors</param>
    public static ArmBudget Shared(int latents, long tokens, VectorSizes sizes) => Of(Arrangement.Shared, latents, tokens, sizes, null);

    /// <summary>What another arrangement is given so that it equals the multi-layer dictionary.</summary>
    /// <param name="budget">what is equal</param>
    /// <param name="arrangement">per layer, or a crosscoder</param>
    /// <param name="latents">n of the multi-layer dictionary</param>
    /// <param name="tokens">T of the multi-layer dictionary</param>
    /// <param name="sizes">the vectors</param>
    /// <exception cref="ArgumentException">So little is left that a dictionary would have no latent.</exception>
    public static ArmBudget Equal(Budget budget, Arrangement arrangement, int latents, long tokens, VectorSizes sizes)
    {
        Require.That(latents > 0, $"The number of latents is {latents}; it must be at least 1.");
        double exact = arrangement == Arrangement.PerLayer ? PerLayerLatents(budget, latents, sizes) : CrosscoderLatents(budget, latents, sizes);
        int rounded = (int)Math.Round(exact, MidpointRounding.AwayFromZero);
        Require.That(
            rounded > 0, string.Create(CultureInfo.InvariantCulture, $"{latents} latents leave {exact:0.##} for each dictionary of {sizes.LayerCount} layers; give more latents."));
        // A crosscoder's one vector already holds every layer.
        bool longer = arrangement == Arrangement.PerLayer && budget is (Budget.TrainingVectors or Budget.TrainingFlops);
        string? rounding = rounded == exact ? null : string.Create(
            CultureInfo.InvariantCulture, $"{exact:0.##} latents a dictionary became {rounded}, {rounded / exact - 1:+0.00 %;-0.00 %}");
        return Of(arrangement, rounded, longer ? checked(tokens * sizes.LayerCount) : tokens, sizes, rounding);
    }

    private static double PerLayerLatents(Budget budget, int n, VectorSizes sizes) => budget switch
    {
        Budget.TotalLatents or Budget.TrainingFlops => (double)n / sizes.LayerCount,
        Budget.Parameters => (ParametersOfOne(n, sizes.ModelDim) / (double)sizes.LayerCount - sizes.ModelDim) / (2.0 * sizes.ModelDim),
        _ => n,
    };

    /// <summary>Its latents each have a direction for every layer, so equal parameters leave it about n / L of them; its encoder's flops for n latents equal the multi-layer dictionary's.</summary>
    private static double CrosscoderLatents(Budget budget, int n, VectorSizes sizes)
    {
        long width = (long)sizes.ModelDim * sizes.LayerCount;
        return budget == Budget.Parameters ? (ParametersOfOne(n, sizes.ModelDim) - width) / (2.0 * width) : n;
    }

    private static ArmBudget Of(Arrangement arrangement, int latents, long tokens, VectorSizes sizes, string? rounding)
    {
        int dictionaries = arrangement == Arrangement.PerLayer ? sizes.LayerCount : 1;
        long width = arrangement == Arrangement.Crosscoder ? (long)sizes.ModelDim * sizes.LayerCount : sizes.ModelDim;
        long vectors = arrangement == Arrangement.Shared ? tokens * sizes.LayerCount : tokens;
        return new ArmBudget
        {
            Arrangement = arrangement,
            Name = NameOf(arrangement),
            Dictionaries = dictionaries,
            LatentsPerDictionary = latents,
            Parameters = dictionaries * ParametersOfOne(latents, width),
            Tokens = tokens,
            VectorsPerDictionary = vectors,
            EncoderFlops = 2.0 * width * latents * vectors * dictionaries,
            Rounding = rounding,
        };
    }

    private static string NameOf(Arrangement arrangement) => arrangement switch
    {
        Arrangement.Shared => "mlsae",
        Arrangement.PerLayer => "per-layer",
        _ => "crosscoder",
    };

    /// <summary>Numbers of one dictionary: encoder, decoder and pre-bias.</summary>
    private static long ParametersOfOne(long latents, long width) => 2 * width * latents + width;
}

/// <summary>The vectors that dictionaries are trained on.</summary>
/// <param name="ModelDim">width of each, d_model</param>
/// <param name="LayerCount">vectors of each token, L</param>
public readonly record struct VectorSizes(int ModelDim, int LayerCount);

using Mlsae.Numerics;

namespace Mlsae.Analysis.Patching;

/// <summary>On what, and beside what, features are patched.</summary>
public sealed record PatchingConfig
{
    /// <summary>Prompt pairs on which features are put in order and measured; as many others are held out.</summary>
    public int Pairs { get; init; } = 50;

    /// <summary>Pairs on which orders of features are compared with the published elimination, which takes thousands of runs of the model.</summary>
    public int OrderPairs { get; init; } = 6;

    /// <summary>Thresholds of the elimination.</summary>
    public int Thresholds { get; init; } = EliminationOrder.PublishedThresholds;

    /// <summary>The names of all <see cref="PatchingCompanion"/>s.</summary>
    public static IReadOnlyList<string> AllCompanions { get; } = [.. PatchingCompanion.All.Select(companion => companion.Name)];

    /// <summary>What it is compared with, of <see cref="AllCompanions"/>.</summary>
    public IReadOnlyList<string> Companions { get; init; } = AllCompanions;

    /// <summary>Tokens that the dictionaries to compare with are trained on; null for as many as the run's own.</summary>
    public long? CompanionTokens { get; init; }

    /// <summary>This configuration, checked.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public PatchingConfig Validated()
    {
        Require.That(Pairs > 1, $"pairs is {Pairs}; it must be at least 2, as intervals are over them.");
        Require.That(OrderPairs > 0 && OrderPairs <= Pairs, $"order_pairs is {OrderPairs}; it must lie between 1 and pairs, {Pairs}.");
        Require.That(Thresholds > 1, $"thresholds is {Thresholds}; it must be at least 2.");
        Require.That(
            Companions.Count > 0 && Companions.Distinct().Count() == Companions.Count && Companions.All(AllCompanions.Contains),
            $"companions are {string.Join(", ", Companions)}; they must be one or more of {string.Join(", ", AllCompanions)}, each once.");
        Require.That(CompanionTokens is null or > 0, $"companion_tokens is {CompanionTokens}; it must be at least 1.");
        return this;
    }
}

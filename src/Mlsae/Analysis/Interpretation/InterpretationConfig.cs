using Mlsae.Dictionaries;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Interpretation;

/// <summary>How units are explained and scored: Cunningham et al. 2023, appendix A, after Bills et al. 2023.</summary>
public sealed record InterpretationConfig
{
    /// <summary>Fragments of text, each of another document; 50,000 as published.</summary>
    public int Fragments { get; init; } = 2000;

    /// <summary>Units of each dictionary at each layer, the first ones; 150 as published.</summary>
    public int Units { get; init; } = 24;

    /// <summary>What the dictionary is compared with, computed from each layer's vectors.</summary>
    public IReadOnlyList<BaselineMethod> Baselines { get; init; } = [BaselineMethod.Identity, BaselineMethod.Random, BaselineMethod.Pca, BaselineMethod.Ica];

    /// <summary>Tokens of the text that the dictionary was trained on from which PCA and ICA are computed.</summary>
    public int BaselineTokens { get; init; } = 16_384;

    /// <summary>Whether the neurons of each layer's MLP are compared with too.</summary>
    public bool Neurons { get; init; } = true;

    /// <summary>This configuration, checked.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public InterpretationConfig Validated()
    {
        Require.That(
            Fragments >= UnitRecorder.TopCount, $"fragments is {Fragments}; it must be at least {UnitRecorder.TopCount}, as a unit is explained and scored on so many in which it varies.");
        Require.That(Units > 0, $"units is {Units}; it must be at least 1.");
        Require.That(BaselineTokens > 1, $"baseline_tokens is {BaselineTokens}; it must be at least 2.");
        Require.That(
            Baselines.Distinct().Count() == Baselines.Count && !Baselines.Contains(BaselineMethod.Nmf),
            "baselines can be identity, identity-positive, random, pca and ica, each once; nmf is of vectors that are never negative.");
        return this;
    }
}

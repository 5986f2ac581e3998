using System.Text.Json.Serialization;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Toys;

/// <summary>Data whose features are known: more of them than dimensions, few active at a token. Elhage et al. 2022; as a test of dictionaries Sharkey et al. 2022 and Cunningham et al. 2023.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "toy")]
[JsonDerivedType(typeof(ToyConfig), "superposition")]
[JsonDerivedType(typeof(LayeredToyConfig), "layered")]
public record ToyConfig
{
    /// <summary>Width of the vectors, d_model.</summary>
    public int ModelDim { get; init; } = 64;

    /// <summary>Number of true features.</summary>
    public int FeatureCount { get; init; } = 128;

    /// <summary>Features active at a token, on average, before tokens without any are drawn again.</summary>
    public double MeanActive { get; init; } = 4;

    /// <summary>How much rarer each feature is than the one before it: feature i is active with a probability proportional to decay^i.</summary>
    public double Decay { get; init; } = 0.99;

    /// <summary>Whether features are active together or apart, as a Gaussian copula with a random covariance has it; otherwise independently.</summary>
    public bool Correlated { get; init; }

    /// <summary>Whether the features' negative components are set to zero, so that no vector has any.</summary>
    public bool NonNegative { get; init; }

    /// <summary>Standard deviation of the normal noise on each component of a vector; 0 for none.</summary>
    public double Noise { get; init; }

    /// <summary>Of features and tokens.</summary>
    public ulong Seed { get; init; }

    /// <summary>[features] P(feature i is active at a token).</summary>
    public double[] Probabilities()
    {
        double[] weights = [.. Enumerable.Range(0, FeatureCount).Select(i => Math.Pow(Decay, i))];
        double total = weights.Sum();
        return [.. weights.Select(weight => MeanActive * weight / total)];
    }

    /// <summary>This record, or an exception with one sentence about the first value that cannot be.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public virtual ToyConfig Validated()
    {
        Require.That(ModelDim >= 2, $"model_dim is {ModelDim}; it must be at least 2.");
        Require.That(FeatureCount >= 1, $"feature_count is {FeatureCount}; it must be at least 1.");
        Require.That(Decay is > 0 and <= 1, $"decay is {Decay}; it must lie in (0, 1].");
        Require.That(MeanActive >= 0.01, $"mean_active is {MeanActive}; it must be at least 0.01.");
        Require.That(Probabilities()[0] <= 1, $"mean_active is {MeanActive}: the most frequent of {FeatureCount} features would be active with a probability above 1; take fewer active or more features.");
        Require.That(Noise >= 0 && double.IsFinite(Noise), $"noise is {Noise}; it must be a number that is not negative.");
        Require.That(Noise == 0 || !NonNegative, "Noise makes components negative: with non_negative it must be 0.");
        return this;
    }
}

/// <summary>Toy data at several layers, where features live as their trajectory says.</summary>
public sealed record LayeredToyConfig : ToyConfig
{
    /// <summary>Layers of each token, L.</summary>
    public int LayerCount { get; init; } = 6;

    /// <summary>How far a rotating feature's direction turns from a layer to the next, in degrees.</summary>
    public double RotationDegrees { get; init; } = 30;

    /// <inheritdoc/>
    public override LayeredToyConfig Validated()
    {
        base.Validated();
        Require.That(LayerCount >= 2, $"layer_count is {LayerCount}; it must be at least 2.");
        Require.That(double.IsFinite(RotationDegrees), "rotation_degrees is no finite number.");
        Require.That(!NonNegative, "Directions that rotate have negative components: non_negative must be false.");
        return this;
    }
}

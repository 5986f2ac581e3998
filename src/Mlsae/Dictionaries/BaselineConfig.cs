using System.Text.Json.Serialization;
using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>What dictionaries are compared with.</summary>
public enum BaselineMethod
{
    /// <summary>Principal components, each in both directions: the eigenvectors of the covariance.</summary>
    [JsonStringEnumMemberName("pca")]
    Pca,

    /// <summary>Independent components, each in both directions: FastICA on whitened vectors (Hyvärinen 1999).</summary>
    [JsonStringEnumMemberName("ica")]
    Ica,

    /// <summary>Non-negative matrix factorisation (Lee and Seung 2001), for vectors that are never negative.</summary>
    [JsonStringEnumMemberName("nmf")]
    Nmf,

    /// <summary>Random directions: ReLU(G x), G of independent normal numbers.</summary>
    [JsonStringEnumMemberName("random")]
    Random,

    /// <summary>The components of x themselves, negative ones set to zero.</summary>
    [JsonStringEnumMemberName("identity")]
    Identity,

    /// <summary>The positive parts of x and of −x.</summary>
    [JsonStringEnumMemberName("identity-positive")]
    IdentityPositive,

    /// <summary>A random orthogonal basis, each direction in both senses: what random directions can do that rebuild every vector.</summary>
    [JsonStringEnumMemberName("random-rotation")]
    RandomRotation,
}

/// <summary>A dictionary that is computed, not trained: Cunningham et al. 2023, section 3 and appendix G.</summary>
public sealed record BaselineConfig : DictionaryConfig
{
    /// <summary>Raw vectors and no pre-bias but the mean, where the method has one.</summary>
    public BaselineConfig() => (Standardize, PreBias) = (false, PreBiasStart.None);

    /// <summary>What is computed.</summary>
    public required BaselineMethod Method { get; init; }

    /// <summary>Latents kept for each vector, the largest ones; null for all that are positive.</summary>
    public int? K { get; init; }

    /// <summary>Vectors that ICA and NMF are computed from, the first ones; PCA uses all.</summary>
    public int SampleVectors { get; init; } = 65_536;

    /// <summary>The method's name, with "-topk" where k is given.</summary>
    public override string Kind => DictionaryKinds.Hyphenated(Method) + (K is null ? "" : "-topk");

    /// <summary>Whether the second half of the latents are the opposites of the first.</summary>
    public bool IsInBothDirections => Method is BaselineMethod.Pca or BaselineMethod.Ica or BaselineMethod.IdentityPositive or BaselineMethod.RandomRotation;

    /// <inheritdoc/>
    protected override int DefaultExpansion => IsInBothDirections ? 2 : 1;

    /// <inheritdoc/>
    protected override void CheckKind()
    {
        Require.That(K is null or > 0, $"k is {K}; it must be at least 1.");
        Require.That(K is null || Method is BaselineMethod.Pca or BaselineMethod.Ica, "Only pca and ica have a variant with k.");
        Require.That(Method != BaselineMethod.Nmf || !Standardize, "nmf is of vectors that are never negative: standardize must be false.");
        Require.That(K is null || K <= LatentCount, $"k is {K} but the dictionary has only {LatentCount} latents; k must not exceed their number.");
        Require.That(SampleVectors >= 2, $"sample_vectors is {SampleVectors}; it must be at least 2.");
        Require.That(Parts == 1, "A baseline is of one layer's vectors: parts must be 1.");
        Require.That(
            Method is BaselineMethod.Nmf or BaselineMethod.Random || LatentCount == ModelDim * DefaultExpansion,
            $"latent_count is {LatentCount}; {Kind} of vectors of width {ModelDim} has {ModelDim * DefaultExpansion} latents.");
    }
}

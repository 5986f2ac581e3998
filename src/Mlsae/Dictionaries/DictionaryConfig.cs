using System.Globalization;
using System.Text.Json.Serialization;
using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>Where the pre-bias starts: which centre of the first batch's vectors.</summary>
public enum PreBiasStart
{
    /// <summary>Their geometric median.</summary>
    GeometricMedian,

    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>Zero.</summary>
    Zero,

    /// <summary>There is no pre-bias: it stays zero.</summary>
    None,
}

/// <summary>What every kind of dictionary needs to be said before training: sizes, how vectors are brought in and out, the loss's error term, Adam.</summary>
/// <remarks>
/// In files the field <c>kind</c> says which record it is. Give either <see cref="ExpansionFactor"/> or <see cref="LatentCount"/>; with neither the factor is 16.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = KindField)]
[JsonDerivedType(typeof(TopKConfig), "topk")]
[JsonDerivedType(typeof(BatchTopKConfig), "batchtopk")]
[JsonDerivedType(typeof(MatryoshkaConfig), "matryoshka")]
[JsonDerivedType(typeof(ReluConfig), "relu")]
[JsonDerivedType(typeof(TiedReluConfig), "tied-relu")]
[JsonDerivedType(typeof(JumpReluConfig), "jumprelu")]
[JsonDerivedType(typeof(GatedConfig), "gated")]
[JsonDerivedType(typeof(BaselineConfig), "baseline")]
public abstract partial record DictionaryConfig
{
    /// <summary>The field of a file that says which kind of dictionary it configures.</summary>
    public const string KindField = "kind";

    /// <summary>What files and tables call this kind.</summary>
    [JsonIgnore]
    public abstract string Kind { get; }

    /// <summary>Width of the vectors, d_model; of a crosscoder L·d_model.</summary>
    public required int ModelDim { get; init; }

    /// <summary>
    /// Layers that lie side by side in one vector: 1, or for a crosscoder L. Each part is standardised by itself and is a layer of its own in losses and reports.
    /// </summary>
    public int Parts { get; init; } = 1;

    /// <summary>Dictionary size as a multiple of a layer's width, R; null where <see cref="LatentCount"/> was given.</summary>
    public int? ExpansionFactor { get; init; }

    /// <summary>Dictionary size, n_latents.</summary>
    public int LatentCount
    {
        get => field != 0 ? field : (int)Math.Min(int.MaxValue, (long)ModelDim / Parts * (ExpansionFactor ?? DefaultExpansion));
        init;
    }

    /// <summary>Whether each vector is brought to mean 0 and standard deviation 1 over its components before encoding, and back after decoding.</summary>
    public bool Standardize { get; init; } = true;

    /// <summary>Where the pre-bias starts.</summary>
    public PreBiasStart PreBias { get; init; } = PreBiasStart.GeometricMedian;

    /// <summary>What the error of a batch is divided by.</summary>
    public ReconstructionLoss Loss { get; init; } = ReconstructionLoss.Fvu;

    /// <summary>Adam and the learning rate.</summary>
    public AdamConfig Adam { get; init; } = new();

    /// <summary>Norm that the gradient of all parameters together is scaled down to where it is greater; 0 for never.</summary>
    public double ClipNorm { get; init; }

    /// <summary>Tokens without being active after which a latent is dead.</summary>
    public long DeadAfterTokens { get; init; } = 10_000_000;

    /// <summary>Steps after which a latent is dead, where <see cref="Compatibility.DeadCountedInSteps"/>.</summary>
    public long DeadAfterSteps { get; init; } = 76;

    /// <summary>A latent is active where its value exceeds this.</summary>
    public double DeadThreshold { get; init; } = 1e-3;

    /// <summary>When and how dead latents are given a new start; null for never.</summary>
    public ResamplingConfig? Resampling { get; init; }

    /// <summary>Quirks of published code to reproduce; none by default.</summary>
    public Compatibility Compatibility { get; init; } = Compatibility.Corrected;

    /// <summary>Seed of the initial weights.</summary>
    public ulong Seed { get; init; }

    /// <summary>The expansion factor where neither it nor the number of latents was given.</summary>
    protected virtual int DefaultExpansion => 16;

    /// <summary>This record, or an exception with one sentence about the first value that cannot be.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public virtual DictionaryConfig Validated()
    {
        CheckSizes();
        Require.That(DeadThreshold >= 0 && double.IsFinite(DeadThreshold), NotNegative("dead_threshold", DeadThreshold));
        Require.That(ClipNorm >= 0 && double.IsFinite(ClipNorm), NotNegative("clip_norm", ClipNorm));
        Require.That(DeadAfterTokens > 0, $"dead_after_tokens is {DeadAfterTokens}; it must be at least 1.");
        Require.That(DeadAfterSteps > 0, $"dead_after_steps is {DeadAfterSteps}; it must be at least 1.");
        Adam.Validated();
        Resampling?.Validated();
        CheckKind();
        return this;
    }

    /// <summary>Checks what the kind adds.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    protected virtual void CheckKind()
    {
    }

    /// <summary>A sentence about a number that must not be negative.</summary>
    protected static string NotNegative(string name, double value) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it must be a number that is not negative.");

    private void CheckSizes()
    {
        int smallest = Standardize ? 2 : 1;
        Require.That(Parts > 0 && ModelDim % Parts == 0, $"parts is {Parts}; it must be at least 1 and divide model_dim, {ModelDim}.");
        Require.That(ModelDim / Parts >= smallest, $"The width of the vectors (model_dim) is {ModelDim / Parts}; it must be at least {smallest}.");
        Require.That(ExpansionFactor is null or > 0, $"The expansion factor is {ExpansionFactor}; it must be at least 1.");
        Require.That(LatentCount > 0, $"The number of latents is {LatentCount}; it must be at least 1.");
        Require.That(
            ExpansionFactor is null || LatentCount == (long)ModelDim / Parts * ExpansionFactor,
            $"latent_count is {LatentCount} but expansion_factor {ExpansionFactor} times model_dim {ModelDim / Parts} is another number; give one of the two.");
        Require.That((long)LatentCount * ModelDim <= Array.MaxLength, $"{LatentCount} latents of width {ModelDim} exceed the largest array; take fewer latents.");
    }
}

using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>What the kinds share whose sparsity is a term of the loss: λ at each step, a bias of pre-activations, codes of as many entries as it takes.</summary>
/// <remarks>The [N × n_latents] pre-activations are never stored. A step costs with the number of active latents, so one of codes that begin dense is slow.</remarks>
public abstract class CpuSparsityEngine : CpuEngine
{
    private readonly SparsityConfig _config;

    /// <summary>An engine with fresh parameters.</summary>
    private protected CpuSparsityEngine(SparsityConfig config, int layerCount, params string[] perLatent)
        : base(config, layerCount, [EncoderBiasName, .. perLatent])
    {
        _config = config;
        Zeros = new float[config.LatentCount];
        Array.Fill(EncoderBias, (float)config.InitialBias);
    }

    /// <summary>The codes of the last batch: N rows of their own lengths, ascending by latent.</summary>
    public override SparseRows Codes { get; } = new(0, 0);

    /// <summary>[n_latents] The bias of pre-activations.</summary>
    private protected float[] EncoderBias => Parameters.PerLatent[EncoderBiasName].Values;

    /// <summary>[n_latents] The thresholds of a ReLU.</summary>
    private protected float[] Zeros { get; }

    /// <summary>λ at this step.</summary>
    private protected double Sparsity => _config.SparsityAt(StepNumber);

    /// <summary>λ/N: what the loss grows by with each unit of the term that λ weighs, which is a mean over vectors.</summary>
    private protected double SparsityWeight => Sparsity / Batch.Rows;

    /// <inheritdoc/>
    private protected override void AddLosses() => Result.LossSparsity = MeanSparsity(Codes);

    /// <inheritdoc/>
    private protected override double SparsityOf(ReadOnlySpan<float> values) => Sparsity * Total(values);

    /// <summary>The sparsity term of a batch whose codes are given.</summary>
    private protected double MeanSparsity(SparseRows codes) => SparsityOf(codes.Values.AsSpan(0, codes.EntryCount)) / codes.Rows;

    /// <summary>A dictionary of parameters, which are copied where they are to outlive the next step.</summary>
    private protected ThresholdDictionary Dictionary(bool copy, Matrix encoder, float[] thresholds) => new(
        Config,
        copy ? encoder.Copy() : encoder,
        copy ? Parameters.Decoder.Copy() : Parameters.Decoder,
        copy ? [.. Parameters.PreBias.Values] : Parameters.PreBias.Values,
        copy ? [.. EncoderBias] : EncoderBias,
        copy ? [.. thresholds] : thresholds) { Origin = Origin };
}

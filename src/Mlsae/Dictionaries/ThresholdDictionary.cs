using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>
/// z = a where the pre-activation a exceeds the latent's threshold, otherwise 0. With threshold 0 that is ReLU; JumpReLU and Gated have a threshold for each latent, BatchTopK and Matryoshka
/// the one that was calibrated in training, so that a vector's code does not depend on its batch; PCA and ICA are rotations with ReLU.
/// </summary>
public sealed class ThresholdDictionary : SparseDictionary
{
    /// <summary>A dictionary of given parameters, which are not copied.</summary>
    /// <param name="config">sizes and how vectors are encoded</param>
    /// <param name="encoder">[n_latents × d_model]</param>
    /// <param name="decoder">[n_latents × d_model]</param>
    /// <param name="preBias">[d_model]</param>
    /// <param name="encoderBias">[n_latents], or null for none</param>
    /// <param name="thresholds">[n_latents] none negative</param>
    /// <exception cref="ArgumentException">The configuration is not valid, a threshold is negative, or the sizes do not fit.</exception>
    public ThresholdDictionary(DictionaryConfig config, Matrix encoder, Matrix decoder, float[] preBias, float[]? encoderBias, float[] thresholds)
        : base(config, encoder, decoder, preBias, encoderBias)
    {
        Require.Equal(thresholds.Length, config.LatentCount);
        Require.That(Array.TrueForAll(thresholds, t => t >= 0), "A threshold is negative or no number; the values of a code are at least 0.");
        Thresholds = thresholds;
    }

    /// <summary>[n_latents] A latent is active where its pre-activation is greater.</summary>
    public float[] Thresholds { get; }

    /// <inheritdoc/>
    public override long ParameterCount => base.ParameterCount + (Config is JumpReluConfig ? LatentCount : Config is GatedConfig ? 2L * LatentCount : 0);

    /// <inheritdoc/>
    public override ThresholdDictionary WithOrigin(DictionaryOrigin origin) => new(Config, Encoder, Decoder, PreBias, EncoderBias, Thresholds) { Origin = origin };

    /// <inheritdoc/>
    public override SparseRows Encode(Matrix x)
    {
        var codes = new SparseRows(0, 0);
        Kernels.EncodeAbove(Centered(x), Encoder, EncoderBias, Thresholds, codes);
        return codes;
    }
}

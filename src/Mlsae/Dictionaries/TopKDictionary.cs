using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>TopK: z = ReLU of the k largest pre-activations. Gao et al. 2024, Lawson et al. 2024.</summary>
public sealed class TopKDictionary : SparseDictionary
{
    /// <summary>A dictionary of given parameters, which are not copied.</summary>
    /// <param name="config">sizes and how vectors are encoded</param>
    /// <param name="encoder">[n_latents × d_model]</param>
    /// <param name="decoder">[n_latents × d_model]</param>
    /// <param name="preBias">[d_model]</param>
    /// <param name="origin">what it was trained on; null for unknown</param>
    /// <param name="encoderBias">[n_latents], or null for none</param>
    /// <exception cref="ArgumentException">The configuration is not valid, has no k, or the sizes do not fit it.</exception>
    public TopKDictionary(
        DictionaryConfig config, Matrix encoder, Matrix decoder, float[] preBias, DictionaryOrigin? origin = null, float[]? encoderBias = null)
        : base(config, encoder, decoder, preBias, encoderBias)
    {
        K = KOf(config) ?? throw new ArgumentException($"A {config.Kind} dictionary has no k.");
        Origin = origin ?? new DictionaryOrigin();
    }

    /// <summary>Latents kept for each vector.</summary>
    public int K { get; }

    /// <inheritdoc/>
    public override TopKDictionary WithOrigin(DictionaryOrigin origin) => new(Config, Encoder, Decoder, PreBias, origin, EncoderBias);

    /// <inheritdoc/>
    public override SparseRows Encode(Matrix x)
    {
        var codes = EncodeSigned(x);
        ApplyRelu(codes);
        return codes;
    }

    /// <summary>The k largest pre-activations of each row, negative ones too: what the published analyses take for codes, although a latent is not active where its value is below 0.</summary>
    /// <param name="x">[N × d_model] as the transformer has them</param>
    public SparseRows EncodeSigned(Matrix x)
    {
        var codes = new SparseRows(x.Rows, K);
        Kernels.EncodeTopK(Centered(x), Encoder, EncoderBias, codes);
        return codes;
    }

    /// <inheritdoc cref="SparseDictionary.Load"/>
    /// <exception cref="InvalidDataException">The dictionary there is of another kind.</exception>
    public static new TopKDictionary Load(string folder) => SparseDictionary.Load(folder) as TopKDictionary
        ?? throw new InvalidDataException($"'{folder}' is no TopK dictionary.");

    /// <summary>k where a configuration's dictionary keeps the k largest of each vector, otherwise null.</summary>
    internal static int? KOf(DictionaryConfig config) => config switch
    {
        TopKConfig topK => topK.K,
        BaselineConfig baseline => baseline.K,
        _ => null,
    };

    /// <summary>max(value, 0), NaN kept.</summary>
    internal static void ApplyRelu(SparseRows codes)
    {
        foreach (ref float value in codes.Values.AsSpan(0, codes.EntryCount))
        {
            value = value <= 0 ? 0 : value;
        }
    }
}

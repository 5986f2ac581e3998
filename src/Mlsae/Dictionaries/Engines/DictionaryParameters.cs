using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>A dictionary in training: its parameters and Adam's two moments of each.</summary>
/// <param name="latentCount">n_latents</param>
/// <param name="modelDim">d_model</param>
/// <param name="perLatent">names of the vectors that have a number for each latent, such as "encoder_bias"</param>
internal sealed class DictionaryParameters(int latentCount, int modelDim, IReadOnlyList<string> perLatent)
{
    /// <summary>[n_latents × d_model]</summary>
    public Matrix Encoder { get; } = Matrix.Aligned(latentCount, modelDim);

    /// <summary>[n_latents × d_model]</summary>
    public Matrix Decoder { get; } = Matrix.Aligned(latentCount, modelDim);

    public Matrix EncoderFirstMoment { get; } = Matrix.Aligned(latentCount, modelDim);

    public Matrix EncoderSecondMoment { get; } = Matrix.Aligned(latentCount, modelDim);

    public Matrix DecoderFirstMoment { get; } = Matrix.Aligned(latentCount, modelDim);

    public Matrix DecoderSecondMoment { get; } = Matrix.Aligned(latentCount, modelDim);

    /// <summary>[d_model]</summary>
    public AdamVector PreBias { get; } = new(modelDim);

    /// <summary>Each [n_latents], by name.</summary>
    public IReadOnlyDictionary<string, AdamVector> PerLatent { get; } = perLatent.ToDictionary(name => name, _ => new AdamVector(latentCount));

    /// <summary>Every parameter and moment under the name it has in a state, with its shape.</summary>
    public IEnumerable<(string Name, Memory<float> Values, long[] Shape)> Named()
    {
        long[] matrix = [latentCount, modelDim];
        return
        [
            ("encoder", Encoder.AsMemory(), matrix),
            ("decoder", Decoder.AsMemory(), matrix),
            ("encoder.first_moment", EncoderFirstMoment.AsMemory(), matrix),
            ("encoder.second_moment", EncoderSecondMoment.AsMemory(), matrix),
            ("decoder.first_moment", DecoderFirstMoment.AsMemory(), matrix),
            ("decoder.second_moment", DecoderSecondMoment.AsMemory(), matrix),
            .. Named("pre_bias", PreBias),
            .. PerLatent.SelectMany(vector => Named(vector.Key, vector.Value)),
        ];
    }

    private static (string Name, Memory<float> Values, long[] Shape)[] Named(string name, AdamVector vector) =>
    [
        (name, vector.Values, [vector.Values.Length]),
        ($"{name}.first_moment", vector.FirstMoment, [vector.Values.Length]),
        ($"{name}.second_moment", vector.SecondMoment, [vector.Values.Length]),
    ];

    /// <summary>Encoder rows uniform in ±1/√d_model; each decoder row the encoder's, divided by its norm; zero pre-bias.</summary>
    /// <remarks>Row i has its own random stream, so that it does not depend on how many rows there are.</remarks>
    public void Initialize(ulong seed)
    {
        float bound = 1 / MathF.Sqrt(modelDim);
        Workers.ForBlocks(latentCount, 64, (start, end) =>
        {
            for (int latent = start; latent < end; latent++)
            {
                new Philox(seed, "dictionary.encoder", (ulong)latent).FillUniform(Encoder.Row(latent), -bound, bound);
                Encoder.Row(latent).CopyTo(Decoder.Row(latent));
                Kernels.NormalizeRow(Decoder.Row(latent));
            }
        });
    }

    /// <summary>The name of the first tensor that holds a NaN or an infinity, or null.</summary>
    public string? FirstNonFinite()
    {
        foreach (var (name, values, _) in Named())
        {
            if (!IsFinite(values.Span))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>Whether no element is NaN or infinite.</summary>
    internal static bool IsFinite(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }
}

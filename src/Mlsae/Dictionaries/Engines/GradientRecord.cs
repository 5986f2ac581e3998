using System.Collections.Concurrent;
using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>The gradients of one training step, before any clipping: for tests and traces.</summary>
/// <param name="latentCount">n_latents</param>
/// <param name="modelDim">d_model</param>
public sealed class GradientRecord(int latentCount, int modelDim)
{
    /// <summary>[n_latents × d_model]</summary>
    public Matrix Encoder { get; } = new(latentCount, modelDim);

    /// <summary>[n_latents × d_model] Before its projection.</summary>
    public Matrix Decoder { get; } = new(latentCount, modelDim);

    /// <summary>[n_latents × d_model] After it.</summary>
    public Matrix ProjectedDecoder { get; } = new(latentCount, modelDim);

    /// <summary>[d_model]</summary>
    public float[] PreBias { get; } = new float[modelDim];

    private readonly ConcurrentDictionary<string, float[]> _perLatent = new();

    /// <summary>[n_latents] The gradients of a parameter that is a number for each latent, such as "encoder_bias".</summary>
    public float[] PerLatent(string name) => _perLatent.GetOrAdd(name, _ => new float[latentCount]);

    internal void TakeDecoder(int latent, LatentGradients rows) => rows.Decoder.CopyTo(Decoder.Row(latent));

    internal void TakeFinished(int latent, LatentGradients rows)
    {
        rows.Encoder.CopyTo(Encoder.Row(latent));
        rows.Decoder.CopyTo(ProjectedDecoder.Row(latent));
    }

    internal void TakePreBias(ReadOnlySpan<float> gradient) => gradient.CopyTo(PreBias);
}

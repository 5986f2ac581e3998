namespace Mlsae.Numerics;

public static partial class Reference
{
    /// <summary>The latents and values of the k largest of x·encoderᵀ + bias in one row, descending; among equals the smaller latent first.</summary>
    /// <param name="x">[d_model]</param>
    /// <param name="encoder">[n_latents × d_model]</param>
    /// <param name="encoderBias">[n_latents], or null for none</param>
    /// <param name="k">how many at most</param>
    /// <param name="mask">[n_latents] which latents may be chosen, or null for all</param>
    public static (int Latent, double Value)[] EncodeTopK(ReadOnlySpan<float> x, Matrix encoder, float[]? encoderBias, int k, bool[]? mask)
    {
        var all = new List<(int Latent, double Value)>();
        for (int latent = 0; latent < encoder.Rows; latent++)
        {
            if (mask is null || mask[latent])
            {
                all.Add((latent, Dot(x, encoder.Row(latent)) + (encoderBias?[latent] ?? 0)));
            }
        }

        return [.. all.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Latent).Take(k)];
    }

    /// <summary>The latents and values of x·encoderᵀ + bias in one row that exceed their latent's threshold, ascending by latent; NaN exceeds every threshold.</summary>
    /// <param name="x">[d_model]</param>
    /// <param name="encoder">[n_latents × d_model]</param>
    /// <param name="encoderBias">[n_latents], or null for none</param>
    /// <param name="thresholds">[n_latents]</param>
    public static (int Latent, double Value)[] EncodeAbove(ReadOnlySpan<float> x, Matrix encoder, float[]? encoderBias, float[] thresholds)
    {
        var above = new List<(int Latent, double Value)>();
        for (int latent = 0; latent < encoder.Rows; latent++)
        {
            double value = Dot(x, encoder.Row(latent)) + (encoderBias?[latent] ?? 0);
            if (!(value <= thresholds[latent]))
            {
                above.Add((latent, value));
            }
        }

        return [.. above];
    }
}

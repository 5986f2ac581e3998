namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>
    /// Adds to the gradients of one latent's decoder and encoder row what the codes in <paramref name="uses"/> contribute: for every row r that uses it with value z,
    /// decoder += z·g[r], latent gradient = g[r]·w + c, encoder += latent gradient·x[r].
    /// </summary>
    /// <param name="uses">which rows use the latent</param>
    /// <param name="latent">the latent</param>
    /// <param name="outputGradient">[N × d_model] g: the loss's gradient by the decoder's output</param>
    /// <param name="input">[N × d_model] x: what the encoder's row was multiplied with</param>
    /// <param name="decoderRow">[d_model] w: the latent's decoder row</param>
    /// <param name="gradients">Accumulated into.</param>
    /// <param name="constant">c: what else the loss grows by with each of the values, as an L1 term does</param>
    /// <returns>The sum over rows of the latent's gradient, which is the gradient by an encoder bias.</returns>
    /// <remarks>Rows are taken in ascending order: the result depends on neither threads nor blocks.</remarks>
    public static float AddLatentGradients(
        LatentIndex uses, int latent, Matrix outputGradient, Matrix input, ReadOnlySpan<float> decoderRow, LatentGradients gradients, float constant = 0)
    {
        var rows = uses.Rows(latent);
        var values = uses.Values(latent);
        Span<float> latentGradients = stackalloc float[FourRows];
        float sum = 0;
        int i = 0;
        for (; i <= rows.Length - FourRows; i += FourRows)
        {
            var four = rows.Slice(i, FourRows);
            DotAndAddFourRows(outputGradient, four, values.Slice(i, FourRows), decoderRow, gradients.Decoder, latentGradients);
            foreach (ref float latentGradient in latentGradients)
            {
                latentGradient += constant;
            }

            AddFourRows(input, four, latentGradients, gradients.Encoder);
            sum += latentGradients[0] + latentGradients[1] + latentGradients[2] + latentGradients[3];
        }

        for (; i < rows.Length; i++)
        {
            var g = outputGradient.Row(rows[i]);
            float latentGradient = Dot(g, decoderRow) + constant;
            AddScaled(g, values[i], gradients.Decoder);
            AddScaled(input.Row(rows[i]), latentGradient, gradients.Encoder);
            sum += latentGradient;
        }

        return sum;
    }

    /// <summary>The gradients of all latents' rows, as <see cref="AddLatentGradients"/> gives them for each.</summary>
    /// <param name="uses">which rows use which latent</param>
    /// <param name="outputGradient">[N × d_model]</param>
    /// <param name="input">[N × d_model]</param>
    /// <param name="decoder">[n_latents × d_model]</param>
    /// <param name="encoderGradient">[n_latents × d_model] Accumulated into.</param>
    /// <param name="decoderGradient">[n_latents × d_model] Accumulated into.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static void SparseGradients(
        LatentIndex uses, Matrix outputGradient, Matrix input, Matrix decoder, Matrix encoderGradient, Matrix decoderGradient)
    {
        Require.Equal(decoder.Rows, uses.LatentCount);
        Require.Equal(encoderGradient.Rows, uses.LatentCount);
        Require.Equal(decoderGradient.Rows, uses.LatentCount);
        Require.Equal(input.Rows, outputGradient.Rows);
        Workers.ForBlocks(uses.LatentCount, 64, (start, end) =>
        {
            for (int latent = start; latent < end; latent++)
            {
                var gradients = new LatentGradients(encoderGradient.Row(latent), decoderGradient.Row(latent));
                AddLatentGradients(uses, latent, outputGradient, input, decoder.Row(latent), gradients);
            }
        });
    }
}

/// <summary>Where the gradients of one latent's two rows are gathered.</summary>
/// <param name="encoder">[d_model]</param>
/// <param name="decoder">[d_model]</param>
public readonly ref struct LatentGradients(Span<float> encoder, Span<float> decoder)
{
    /// <summary>[d_model] The gradient of the encoder's row.</summary>
    public Span<float> Encoder { get; } = encoder;

    /// <summary>[d_model] The gradient of the decoder's row.</summary>
    public Span<float> Decoder { get; } = decoder;
}

namespace Mlsae.Numerics;

public static partial class Kernels
{
    private const int LatentsTogether = 64;
    private const int RowsTogether = 4 * FourRows;

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
        float sum = 0;
        AddUses(uses.Rows(latent), uses.Values(latent), outputGradient, input, decoderRow, gradients, constant, ref sum);
        return sum;
    }

    private static void AddUses(
        ReadOnlySpan<int> rows, ReadOnlySpan<float> values, Matrix outputGradient, Matrix input, ReadOnlySpan<float> decoderRow, LatentGradients gradients, float constant, ref float sum)
    {
        // So few that the rows whose dot products were taken are still in the first cache when they are added.
        Span<float> latentGradients = stackalloc float[RowsTogether];
        for (int first = 0; first < rows.Length; first += RowsTogether)
        {
            var some = rows.Slice(first, Math.Min(RowsTogether, rows.Length - first));
            int i = 0;
            for (; i <= some.Length - FourRows; i += FourRows)
            {
                var four = latentGradients.Slice(i, FourRows);
                DotFourRows(outputGradient, some.Slice(i, FourRows), decoderRow, four);
                foreach (ref float latentGradient in four)
                {
                    latentGradient += constant;
                }

                sum += four[0] + four[1] + four[2] + four[3];
            }

            for (; i < some.Length; i++)
            {
                latentGradients[i] = Dot(outputGradient.Row(some[i]), decoderRow) + constant;
                sum += latentGradients[i];
            }

            AddRows(outputGradient, some, values.Slice(first, some.Length), gradients.Decoder);
            AddRows(input, some, latentGradients, gradients.Encoder);
        }
    }

    /// <summary>
    /// <see cref="AddLatentGradients"/> for several latents that many rows use: the rows are gone through together, some
    /// at a time, so that they are still in the core's cache for the next latent.
    /// </summary>
    /// <param name="uses">which rows use which latent</param>
    /// <param name="latents">which latents</param>
    /// <param name="outputGradient">[N × d_model] g</param>
    /// <param name="input">[N × d_model] x</param>
    /// <param name="decoder">[n_latents × d_model]</param>
    /// <param name="encoderGradients">[places × d_model] Accumulated into, from row <paramref name="place"/> on.</param>
    /// <param name="decoderGradients">[places × d_model] Accumulated into, likewise.</param>
    /// <param name="sums">[places] Accumulated into, likewise: the sums over rows of each latent's gradient.</param>
    /// <param name="place">where the first latent's gradients are</param>
    /// <remarks>The result is that of one latent after the other, to the last bit.</remarks>
    public static void AddGradientsOfLatents(
        LatentIndex uses, ReadOnlySpan<int> latents, Matrix outputGradient, Matrix input, Matrix decoder, Matrix encoderGradients, Matrix decoderGradients, float[] sums, int place = 0)
    {
        // Two matrices of rows fill half of a second cache of 2 MB.
        int together = Math.Max(FourRows, (1 << 16) / Math.Max(1, input.Columns));
        Span<int> next = stackalloc int[LatentsTogether];
        for (int first = 0; first < latents.Length; first += LatentsTogether)
        {
            next.Clear();
            for (int end = together; ; end += together)
            {
                for (int i = first; i < Math.Min(first + LatentsTogether, latents.Length); i++)
                {
                    var rows = uses.Rows(latents[i]);
                    int from = next[i - first], to = from;
                    while (to < rows.Length && rows[to] < end)
                    {
                        to++;
                    }

                    // Rows are taken in fours; what is left over is so at the end alone, as if they were not parted.
                    to = to == rows.Length ? to : from + (to - from) / FourRows * FourRows;
                    next[i - first] = to;
                    AddUses(
                        rows[from..to], uses.Values(latents[i])[from..to], outputGradient, input, decoder.Row(latents[i]),
                        new LatentGradients(encoderGradients.Row(place + i), decoderGradients.Row(place + i)), 0, ref sums[place + i]);
                }

                if (end >= input.Rows)
                {
                    break;
                }
            }
        }
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

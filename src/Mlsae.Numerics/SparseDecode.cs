namespace Mlsae.Numerics;

public static partial class Kernels
{
    private const int SparseDecodeBlock = 16;

    /// <summary>result = codes · decoder + bias: each row is the bias plus the decoder rows of its latents, times their values.</summary>
    /// <param name="codes">[N × k] latents and their values</param>
    /// <param name="decoder">[n_latents × d_model]</param>
    /// <param name="bias">[d_model]; empty for none</param>
    /// <param name="result">[N × d_model] Overwritten.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static void SparseDecode(SparseRows codes, Matrix decoder, float[] bias, Matrix result)
    {
        Require.Equal(result.Rows, codes.Rows);
        Require.Equal(result.Columns, decoder.Columns);
        Workers.ForBlocks(codes.Rows, SparseDecodeBlock, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                SparseDecodeRow(codes.RowIndices(row), codes.RowValues(row), decoder, bias, result.Row(row));
            }
        });
    }

    /// <summary>One row of <see cref="SparseDecode"/>: result = bias + Σᵢ values[i] · decoder[latents[i]].</summary>
    /// <param name="latents">[k]</param>
    /// <param name="values">[k] A zero costs nothing: its decoder row is not read.</param>
    /// <param name="decoder">[n_latents × d_model]</param>
    /// <param name="bias">[d_model]; empty for none</param>
    /// <param name="result">[d_model] Overwritten.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A latent is not in the decoder.</exception>
    public static void SparseDecodeRow(ReadOnlySpan<int> latents, ReadOnlySpan<float> values, Matrix decoder, ReadOnlySpan<float> bias, Span<float> result)
    {
        Require.Equal(values.Length, latents.Length);
        Require.Equal(result.Length, decoder.Columns);
        if (bias.IsEmpty)
        {
            result.Clear();
        }
        else
        {
            Require.Equal(bias.Length, result.Length);
            bias.CopyTo(result);
        }

        int i = 0;
        for (; i <= latents.Length - FourRows && !values.Slice(i, FourRows).Contains(0); i += FourRows)
        {
            AddFourRows(decoder, latents.Slice(i, FourRows), values.Slice(i, FourRows), result);
        }

        // What is left: fewer than four, or from the first zero on; TopK's codes have theirs at the end.
        for (; i < latents.Length; i++)
        {
            if (values[i] != 0)
            {
                AddScaled(decoder.Row(latents[i]), values[i], result);
            }
        }
    }
}

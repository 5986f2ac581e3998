using System.Runtime.Intrinsics;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>
    /// For every row of <paramref name="x"/>, the k largest pre-activations x·encoderᵀ + bias and their latents, in descending order of value and, among equals, ascending
    /// order of latent. The [N × n_latents] pre-activations are never stored.
    /// </summary>
    /// <param name="x">[N × d_model]</param>
    /// <param name="encoder">[n_latents × d_model]</param>
    /// <param name="encoderBias">[n_latents], or null for none</param>
    /// <param name="top">[N × k] Overwritten. Values are signed; a ReLU is the caller's.</param>
    /// <param name="mask">[n_latents] the latents that <paramref name="maskedTop"/> may choose from; given if and only if <paramref name="maskedTop"/> is</param>
    /// <param name="maskedTop">[N × k_aux] Overwritten: the k_aux largest among the latents whose mask is true, in ascending order of latent. Entries beyond their number have latent 0 and value 0.</param>
    /// <remarks>The values are those of <see cref="MatMulTransposedB"/>, to the last bit. NaN counts as larger than every number, so a row that has one ends with one.</remarks>
    /// <exception cref="ArgumentException">The sizes do not fit, or k is 0 or exceeds the number of latents.</exception>
    public static void EncodeTopK(
        Matrix x, Matrix encoder, float[]? encoderBias, SparseRows top, bool[]? mask = null, SparseRows? maskedTop = null)
    {
        CheckEncodeTopK(x, encoder, encoderBias, top, mask, maskedTop);
        if (Simd512.IsSupported)
        {
            EncodeProduct<Simd512, Vector512<float>>.Own.Run(x, encoder, encoderBias, top, mask, maskedTop);
        }
        else if (Simd256.IsSupported)
        {
            EncodeProduct<Simd256, Vector256<float>>.Own.Run(x, encoder, encoderBias, top, mask, maskedTop);
        }
        else if (Simd128.IsSupported)
        {
            EncodeProduct<Simd128, Vector128<float>>.Own.Run(x, encoder, encoderBias, top, mask, maskedTop);
        }
        else
        {
            EncodeProduct<SimdScalar, float>.Own.Run(x, encoder, encoderBias, top, mask, maskedTop);
        }
    }

    private static void CheckEncodeTopK(Matrix x, Matrix encoder, float[]? encoderBias, SparseRows top, bool[]? mask, SparseRows? maskedTop)
    {
        Require.Equal(x.Columns, encoder.Columns);
        Require.Equal(top.Rows, x.Rows);
        Require.That(top.Width > 0 && maskedTop is not { Width: 0 }, "k is 0; at least one latent must be asked for.");
        Require.That(top.Width <= encoder.Rows, $"k is {top.Width} but there are only {encoder.Rows} latents.");
        Require.That((mask is null) == (maskedTop is null), "A mask of latents and a place for their largest are given together or not at all.");
        if (encoderBias is not null)
        {
            Require.Equal(encoderBias.Length, encoder.Rows);
        }

        if (mask is not null && maskedTop is not null)
        {
            Require.Equal(mask.Length, encoder.Rows);
            Require.Equal(maskedTop.Rows, x.Rows);
        }
    }
}

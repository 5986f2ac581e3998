using System.Runtime.Intrinsics;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>
    /// For every row of <paramref name="x"/>, the pre-activations x·encoderᵀ + bias that exceed their latent's threshold, in ascending order of latent. The [N × n_latents] pre-activations
    /// are never stored.
    /// </summary>
    /// <param name="x">[N × d_model]</param>
    /// <param name="encoder">[n_latents × d_model]</param>
    /// <param name="encoderBias">[n_latents], or null for none</param>
    /// <param name="thresholds">[n_latents]</param>
    /// <param name="codes">Overwritten: N rows of their own lengths.</param>
    /// <remarks>
    /// The values are those of <see cref="MatMulTransposedB"/>, to the last bit. NaN counts as larger than every threshold, so that it shows. Once its buffers have grown a call allocates nothing.
    /// </remarks>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static void EncodeAbove(Matrix x, Matrix encoder, float[]? encoderBias, float[] thresholds, SparseRows codes)
    {
        Require.Equal(x.Columns, encoder.Columns);
        Require.Equal(thresholds.Length, encoder.Rows);
        Require.Equal(encoderBias?.Length ?? encoder.Rows, encoder.Rows);
        if (Simd512.IsSupported)
        {
            EncodeProduct<Simd512, Vector512<float>>.Own.Run(x, encoder, encoderBias, thresholds, codes);
        }
        else if (Simd256.IsSupported)
        {
            EncodeProduct<Simd256, Vector256<float>>.Own.Run(x, encoder, encoderBias, thresholds, codes);
        }
        else if (Simd128.IsSupported)
        {
            EncodeProduct<Simd128, Vector128<float>>.Own.Run(x, encoder, encoderBias, thresholds, codes);
        }
        else
        {
            EncodeProduct<SimdScalar, float>.Own.Run(x, encoder, encoderBias, thresholds, codes);
        }
    }
}

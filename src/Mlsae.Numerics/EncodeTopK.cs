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
        LastScreening = null;
        if (mask is null && ScreensLatents && ScreenedEncode.Own.Suits(x.Rows, x.Columns, encoder.Rows, top.Width))
        {
            var unscreened = ScreenedEncode.Own.Run(x, encoder, encoderBias, top);
            LastScreening = new EncodeScreening(x.Rows, unscreened.Count(true), ScreenedEncode.Own.LeftLatents);
            EncodeRest(x, encoder, encoderBias, top, unscreened);
            return;
        }

        EncodeAll(x, encoder, encoderBias, top, mask, maskedTop);
    }

    /// <summary>Whether large products without a mask are screened by 8-bit ones, on processors that have them. Changes no result.</summary>
    public static bool ScreensLatents { get; set; } = true;

    /// <summary>What screening did in the calling thread's last <see cref="EncodeTopK"/>; null where it was not tried.</summary>
    [field: ThreadStatic]
    public static EncodeScreening? LastScreening { get; private set; }

    /// <summary>The rows that screening did not reach, by the plain product.</summary>
    private static void EncodeRest(Matrix x, Matrix encoder, float[]? encoderBias, SparseRows top, ReadOnlySpan<bool> rest)
    {
        int count = rest.Count(true);
        if (count == 0)
        {
            return;
        }

        var (rows, chosen) = (new Matrix(count, x.Columns), new SparseRows(count, top.Width));
        for (int row = 0, next = 0; row < rest.Length; row++)
        {
            if (rest[row])
            {
                x.Row(row).CopyTo(rows.Row(next++));
            }
        }

        EncodeAll(rows, encoder, encoderBias, chosen, null, null);
        for (int row = 0, next = 0; row < rest.Length; row++)
        {
            if (rest[row])
            {
                chosen.RowIndices(next).CopyTo(top.RowIndices(row));
                chosen.RowValues(next++).CopyTo(top.RowValues(row));
            }
        }
    }

    private static void EncodeAll(Matrix x, Matrix encoder, float[]? encoderBias, SparseRows top, bool[]? mask, SparseRows? maskedTop)
    {
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

/// <summary>What screening by 8-bit products left of an encoder product.</summary>
/// <param name="Rows">rows that were screened</param>
/// <param name="UnscreenedRows">of them those that it did not reach: too much was left, or they hold a number that is not finite</param>
/// <param name="LeftLatents">latents that were left to be computed, over all other rows</param>
public readonly record struct EncodeScreening(int Rows, int UnscreenedRows, long LeftLatents);

namespace Mlsae.Numerics;

public static partial class Kernels
{
    private const int EncodeAboveRows = 64;
    private const int EncodeAboveLatents = 512;

    /// <summary>
    /// For every row of <paramref name="x"/>, the pre-activations x·encoderᵀ + bias that exceed their latent's threshold, in ascending order of latent. The [N × n_latents] pre-activations
    /// are never stored.
    /// </summary>
    /// <param name="x">[N × d_model]</param>
    /// <param name="encoder">[n_latents × d_model]</param>
    /// <param name="encoderBias">[n_latents], or null for none</param>
    /// <param name="thresholds">[n_latents]</param>
    /// <param name="codes">Overwritten: N rows of their own lengths.</param>
    /// <remarks>The values are those of <see cref="MatMulTransposedB"/>, to the last bit. NaN counts as larger than every threshold, so that it shows.</remarks>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static void EncodeAbove(Matrix x, Matrix encoder, float[]? encoderBias, float[] thresholds, SparseRows codes)
    {
        Require.Equal(x.Columns, encoder.Columns);
        Require.Equal(thresholds.Length, encoder.Rows);
        Require.Equal(encoderBias?.Length ?? encoder.Rows, encoder.Rows);
        var found = new (List<int> Latents, List<float> Values)[x.Rows];
        Workers.ForBlocks(x.Rows, EncodeAboveRows, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                found[row] = ([], []);
            }

            var tile = new Matrix(end - start, EncodeAboveLatents);
            for (int first = 0; first < encoder.Rows; first += EncodeAboveLatents)
            {
                int count = Math.Min(EncodeAboveLatents, encoder.Rows - first);
                var product = tile.ColumnWindow(0, count);
                MatMulTransposedB(x.RowWindow(start, end - start), encoder.RowWindow(first, count), product);
                for (int row = start; row < end; row++)
                {
                    var values = product.Row(row - start);
                    for (int i = 0; i < count; i++)
                    {
                        float value = values[i] + (encoderBias is null ? 0 : encoderBias[first + i]);
                        if (!(value <= thresholds[first + i]))
                        {
                            found[row].Latents.Add(first + i);
                            found[row].Values.Add(value);
                        }
                    }
                }
            }
        });
        codes.SetLengths(Array.ConvertAll(found, row => row.Latents.Count));
        for (int row = 0; row < x.Rows; row++)
        {
            found[row].Latents.CopyTo(codes.Indices, codes.Start(row));
            found[row].Values.CopyTo(codes.Values, codes.Start(row));
        }
    }
}

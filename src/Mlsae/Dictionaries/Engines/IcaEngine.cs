using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>
/// Independent components in both directions: z = ReLU([Q; −Q](x − mean)), the rows of Q the unmixing directions of FastICA on the whitened sample, divided by their norms. Hyvärinen 1999; as a
/// dictionary Cunningham et al. 2023, section 3 and appendix G.
/// </summary>
/// <remarks>
/// That paper takes the unmixing rows as the dictionary. They read the components but do not rebuild the vectors, so the decoder here has the mixing directions, times what the rows were divided by: with
/// all latents the reconstruction is exact. Components stand in the order of the variance that they explain, each with the largest part of its mixing direction positive. Directions in
/// which the sample does not vary are kept as they are, after the components.
/// </remarks>
public sealed class IcaEngine(BaselineConfig config, int layerCount) : SampleEngine(config, layerCount)
{
    /// <summary>A direction with a smaller share of the largest variance does not count as varying.</summary>
    private const double SmallestVariance = 1e-10;

    /// <inheritdoc/>
    private protected override SparseDictionary Compute()
    {
        int d = Config.ModelDim;
        var moments = new StreamingCovariance(d);
        moments.Add(Sample);
        double[] mean = moments.Mean();
        var (variances, axes) = SymmetricEigen.Of(moments.Covariance(), d);
        int rank = variances.Count(variance => variance > SmallestVariance * variances[0]);
        var (encoder, decoder) = (axes, (double[])axes.Clone());
        if (rank > 0)
        {
            double[] unmixing = FastIca.Unmixing(Whitened(mean, variances, axes, rank), rank, Config.Seed);
            double[] rows = Combined(unmixing, axes, [.. variances.Take(rank).Select(variance => 1 / Math.Sqrt(variance))]);
            double[] columns = Combined(unmixing, axes, [.. variances.Take(rank).Select(Math.Sqrt)]);
            encoder = (double[])axes.Clone();
            Place(rows, columns, encoder, decoder);
        }

        return InBothDirections(encoder, decoder, mean);
    }

    /// <summary>[vectors × rank] (x − mean) along the axes, each divided by its standard deviation.</summary>
    private double[] Whitened(double[] mean, double[] variances, double[] axes, int rank)
    {
        int d = Config.ModelDim;
        var scaled = new double[d * rank];
        for (int i = 0; i < scaled.Length; i++)
        {
            scaled[i] = axes[i % rank * d + i / rank] / Math.Sqrt(variances[i % rank]);
        }

        var whitened = new double[Sample.Rows * rank];
        Workers.ForBlocks(Sample.Rows, RowBlock, (start, end) =>
        {
            var centered = new double[(end - start) * d];
            for (int i = 0; i < centered.Length; i++)
            {
                centered[i] = Sample[start + i / d, i % d] - mean[i % d];
            }

            Kernels.AddProduct(centered, scaled, whitened.AsMemory(start * rank, (end - start) * rank), rank);
        });
        return whitened;
    }

    /// <summary>[rank × d_model] unmixing · diag(scales) · axes.</summary>
    private double[] Combined(double[] unmixing, double[] axes, double[] scales)
    {
        int rank = scales.Length, d = Config.ModelDim;
        var scaled = new double[rank * d];
        for (int i = 0; i < scaled.Length; i++)
        {
            scaled[i] = scales[i / d] * axes[i];
        }

        var combined = new double[rank * d];
        Kernels.AddProduct(unmixing, scaled, combined, d);
        return combined;
    }

    /// <summary>Writes rows and columns into the dictionary, ordered, signed, and with rows of norm 1.</summary>
    private void Place(double[] rows, double[] columns, double[] encoder, double[] decoder)
    {
        int d = Config.ModelDim;
        // The components have variance 1, so what one explains is its column's square norm.
        int[] order = [.. Enumerable.Range(0, rows.Length / d).OrderByDescending(i => SquaredNorm(columns.AsSpan(i * d, d)))];
        for (int i = 0; i < order.Length; i++)
        {
            var row = rows.AsSpan(order[i] * d, d);
            var column = columns.AsSpan(order[i] * d, d);
            double scale = SymmetricEigen.Sign(column) * Math.Sqrt(SquaredNorm(row));
            for (int j = 0; j < d; j++)
            {
                (encoder[i * d + j], decoder[i * d + j]) = (row[j] / scale, column[j] * scale);
            }
        }
    }

    private static double SquaredNorm(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value * value;
        }

        return sum;
    }
}

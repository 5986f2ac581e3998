using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>Capacity of each direction: (d_i·d_i)² / Σ_j (d_i·d_j)², the share of a dimension it has to itself. The sum is at most d_model. Scherlis et al. 2022; Cunningham et al. 2023.</summary>
public static class Capacity
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "capacity/1: mean over all latents of (d_i.d_i)^2 / sum_j (d_i.d_j)^2, j over all directions, d_i's own among them";

    /// <summary>[n] The capacities; NaN for a direction of zeros.</summary>
    /// <param name="directions">[n × d_model]</param>
    /// <remarks>Σ_j (d_i·d_j)² = d_iᵀ (DᵀD) d_i, so the time is n·d_model², not n²·d_model.</remarks>
    public static double[] Of(Matrix directions)
    {
        var gram = new Matrix(directions.Columns, directions.Columns);
        Kernels.MatMulTransposedA(directions, directions, gram);
        var product = new Matrix(directions.Rows, directions.Columns);
        Kernels.MatMul(directions, gram, product);
        var capacities = new double[directions.Rows];
        Workers.ForBlocks(directions.Rows, 64, (start, end) =>
        {
            for (int i = start; i < end; i++)
            {
                double square = Dot(directions.Row(i), directions.Row(i));
                capacities[i] = square * square / Dot(directions.Row(i), product.Row(i));
            }
        });
        return capacities;
    }

    private static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += (double)x[i] * y[i];
        }

        return sum;
    }
}

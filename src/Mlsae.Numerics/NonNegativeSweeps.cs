namespace Mlsae.Numerics;

public static partial class Kernels
{
    private const int SweepRows = 8;

    /// <summary>
    /// Non-negative least squares by coordinate descent, many problems at once: each row z of <paramref name="values"/> goes towards the minimum of ½ zᵀG z − tᵀz over z ≥ 0. A sweep sets, one after the
    /// other, z[j] := max(0, z[j] + (t[j] − G[j]·z) / G[j, j]). With G = H Hᵀ and t = H x that is min ‖x − Hᵀz‖². As in HALS (Cichocki and Phan 2009).
    /// </summary>
    /// <param name="gram">[n × n] G, symmetric and positive semi-definite; z[j] is 0 where G[j, j] is</param>
    /// <param name="targets">[N × n] t of each problem</param>
    /// <param name="values">[N × n] Where each begins, none negative. Overwritten.</param>
    /// <param name="sweeps">over all coordinates</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static void NonNegativeSweeps(Matrix gram, Matrix targets, Matrix values, int sweeps)
    {
        Require.Equal(gram.Columns, gram.Rows);
        Require.Equal(targets.Columns, gram.Rows);
        RequireSameSize(values, targets);
        Workers.ForBlocks(targets.Rows, SweepRows, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                for (int sweep = 0; sweep < sweeps; sweep++)
                {
                    Sweep(gram, targets.Row(row), values.Row(row));
                }
            }
        });
    }

    private static void Sweep(Matrix gram, ReadOnlySpan<float> target, Span<float> z)
    {
        for (int j = 0; j < z.Length; j++)
        {
            var row = gram.Row(j);
            // NaN is kept: Math.Max hands it on.
            z[j] = row[j] == 0 ? 0 : Math.Max(0, z[j] + (target[j] - Dot(row, z)) / row[j]);
        }
    }
}

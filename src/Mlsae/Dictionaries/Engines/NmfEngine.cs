using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>
/// Non-negative matrix factorisation of the sample: X ≈ Z H, neither with a negative component (Lee and Seung 2001), by hierarchical alternating least squares (HALS, Cichocki and Phan 2009), which goes
/// to the same minima as their multiplicative updates in fewer iterations and reaches exact zeros. The directions are the rows of H, divided by their norms.
/// </summary>
public sealed class NmfEngine(BaselineConfig config, int layerCount) : SampleEngine(config, layerCount)
{
    /// <summary>Times that Z and H are improved.</summary>
    public const int Iterations = 100;

    /// <inheritdoc/>
    private protected override void Check(Matrix x) => NonNegativeDictionary.RequireNonNegative(x, "the activations");

    /// <inheritdoc/>
    private protected override SparseDictionary Compute()
    {
        int d = Config.ModelDim, n = Config.LatentCount;
        // Hᵀ, so that both factors are improved by the same rule, row by row.
        Matrix directions = Start(d, n), codes = new(Sample.Rows, n), gram = new(n, n);
        Matrix codeTargets = new(Sample.Rows, n), directionTargets = new(d, n);
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            Kernels.MatMulTransposedA(directions, directions, gram);
            Kernels.MatMul(Sample, directions, codeTargets);
            Kernels.NonNegativeSweeps(gram, codeTargets, codes, 1);
            Kernels.MatMulTransposedA(codes, codes, gram);
            Kernels.MatMulTransposedA(Sample, codes, directionTargets);
            Kernels.NonNegativeSweeps(gram, directionTargets, directions, 1);
        }

        var rows = new Matrix(n, d);
        SparseDictionary.Transpose(directions.AsSpan(), rows.AsSpan(), d, n);
        for (int latent = 0; latent < n; latent++)
        {
            if (Kernels.SumOfSquares(rows.Row(latent)) > 0)
            {
                Kernels.NormalizeRow(rows.Row(latent));
            }
        }

        return new NonNegativeDictionary(Baseline, rows);
    }

    /// <summary>[d_model × n_latents] Absolute values of normal numbers, of a size that rebuilds the sample's mean.</summary>
    private Matrix Start(int d, int n)
    {
        double mean = 0;
        for (int row = 0; row < Sample.Rows; row++)
        {
            mean += CpuEngine.Total(Sample.Row(row)) / ((double)Sample.Rows * d);
        }

        var start = new Matrix(d, n);
        new Philox(Config.Seed, "baseline.nmf").FillGaussian(start.Values, (float)Math.Sqrt(mean / n));
        for (int i = 0; i < start.Values.Length; i++)
        {
            start.Values[i] = Math.Abs(start.Values[i]);
        }

        return start;
    }
}

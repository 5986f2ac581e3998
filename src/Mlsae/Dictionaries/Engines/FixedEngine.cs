using MathNet.Numerics.LinearAlgebra;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Dictionaries.Engines;

/// <summary>Baselines that do not depend on the vectors: random directions, a random rotation, identity, and identity in both directions. Cunningham et al. 2023, section 3.</summary>
/// <remarks>
/// Random: z = ReLU(G x) and the dictionary is G, its rows as they are drawn, as published. Gᵀ ReLU(G x) is about n/2 times x and noise, so its FVU is far above 1: it is a set of directions to
/// compare with, not a reconstruction. A random rotation, [Q; −Q] with an orthogonal Q, loses nothing. Identity loses the negative components; identity-positive, [x; −x], loses nothing.
/// </remarks>
public sealed class FixedEngine(BaselineConfig config, int layerCount) : BaselineEngine(config, layerCount)
{
    private readonly LayerVariances _variances = new(layerCount, config.ModelDim);

    /// <inheritdoc/>
    private protected override bool Take(Matrix x) => false;

    /// <inheritdoc/>
    private protected override SparseDictionary Compute()
    {
        if (Baseline.Method == BaselineMethod.RandomRotation)
        {
            double[] rotation = RandomRotation();
            return InBothDirections(rotation, rotation, new double[Config.ModelDim]);
        }

        var directions = new Matrix(Config.LatentCount, Config.ModelDim);
        for (int latent = 0; latent < directions.Rows; latent++)
        {
            if (Baseline.Method == BaselineMethod.Random)
            {
                new Philox(Config.Seed, "baseline.random", (ulong)latent).FillGaussian(directions.Row(latent), 1);
            }
            else
            {
                directions[latent, latent % Config.ModelDim] = latent < Config.ModelDim ? 1 : -1;
            }
        }

        return new ThresholdDictionary(Config, directions, directions, new float[Config.ModelDim], null, new float[Config.LatentCount]);
    }

    /// <summary>[d_model × d_model] Orthogonal rows: the Q of a matrix of normal numbers.</summary>
    private double[] RandomRotation()
    {
        int d = Config.ModelDim;
        var random = new Philox(Config.Seed, "baseline.random-rotation");
        return Matrix<double>.Build.Dense(d, d, (_, _) => random.NextGaussian()).QR().Q.ToRowMajorArray();
    }

    /// <inheritdoc/>
    private protected override IEnumerable<Tensor> SaveVectors() => [];

    /// <inheritdoc/>
    private protected override void RestoreVectors(ITensorSource state)
    {
    }

    /// <summary>The reconstruction of the batch; FVU is 1 at a layer that does not vary.</summary>
    private protected override void Fill(StepReport report, Matrix batch)
    {
        var reconstruction = new Matrix(batch.Rows, batch.Columns);
        var codes = Computed.Reconstruct(batch, reconstruction);
        _variances.Compute(batch);
        double tokens = report.Tokens, numbers = tokens * batch.Columns;
        for (int layer = 0; layer < LayerCount; layer++)
        {
            double error = 0;
            (report.L0[layer], report.L1[layer]) = (0, 0);
            for (int row = layer; row < batch.Rows; row += LayerCount)
            {
                error += SquaredDistance(batch.Row(row), reconstruction.Row(row));
                var values = codes.RowValues(row);
                report.L0[layer] += CpuEngine.CountAbove(values, (float)Config.DeadThreshold) / tokens;
                report.L1[layer] += CpuEngine.Total(values) / tokens;
            }

            report.Fvu[layer] = Share(error, _variances.PerDimension[layer]);
            report.FvuMlsae[layer] = Share(error / numbers, _variances.Pooled[layer] / (numbers - 1));
        }

        report.Loss = report.LossMse = report.Fvu.Average();
    }

    private static double Share(double error, double variance) => variance > 0 ? error / variance : 1;

    private static double SquaredDistance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
        }

        return sum;
    }
}

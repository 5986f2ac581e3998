using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

public abstract partial class CpuEngine
{
    /// <inheritdoc/>
    public LatentResampler? BeginResampling(int batchTokens)
    {
        if (Config.Resampling is not { } config || !config.AtSteps.Contains(StepCount))
        {
            return null;
        }

        long age = Config.Compatibility.DeadCountedInSteps ? config.DeadOverSteps : checked(config.DeadOverSteps * batchTokens);
        int[] dead = [.. Enumerable.Range(0, Config.LatentCount).Where(latent => Ages.Ages[latent] >= age)];
        return dead.Length > 0 ? new LatentResampler(this, dead, config) : null;
    }

    /// <summary>The loss of each of some vectors under the present parameters: its mean over vectors is the training's loss on them, without AuxK.</summary>
    /// <remarks>BatchTopK and Matryoshka encode here as after training, by their threshold, and of Matryoshka it is the full reconstruction's loss.</remarks>
    /// <param name="vectors">[N × d_model]</param>
    internal double[] LossesOf(Matrix vectors)
    {
        int width = Config.ModelDim / Config.Parts;
        var reconstruction = new Matrix(vectors.Rows, vectors.Columns);
        var codes = Dictionary(copy: false).Reconstruct(vectors, reconstruction);
        double[] weights = ErrorWeights(vectors);
        var losses = new double[vectors.Rows];
        Workers.ForBlocks(vectors.Rows, RowBlock, (start, end) =>
        {
            var error = new float[width];
            for (int row = start; row < end; row++)
            {
                losses[row] = SparsityOf(codes.RowValues(row));
                for (int part = 0; part < Config.Parts; part++)
                {
                    vectors.Row(row).Slice(part * width, width).CopyTo(error);
                    Kernels.AddScaled(reconstruction.Row(row).Slice(part * width, width), -1, error);
                    losses[row] += weights[(row * Config.Parts + part) % Layers] * Kernels.SumOfSquares(error);
                }
            }
        });
        return losses;
    }

    /// <summary>Vectors as the dictionary sees them: standardised where it standardises, the pre-bias not taken away.</summary>
    internal Matrix InDictionaryUnits(Matrix vectors) => Dictionary(copy: false).Standardized(vectors);

    /// <summary>[layers] What ‖x − x̂‖² of one layer's vector is multiplied with in its loss.</summary>
    private double[] ErrorWeights(Matrix vectors)
    {
        int width = Config.ModelDim / Config.Parts;
        var weights = new double[Layers];
        if (Config.Loss != ReconstructionLoss.Fvu)
        {
            Array.Fill(weights, 1.0 / Config.Parts / (Config.Loss == ReconstructionLoss.MeanSquaredError ? width : 1));
            return weights;
        }

        var variances = new LayerVariances(Layers, width);
        variances.Compute(Config.Parts == 1 ? vectors : vectors.Reshape(vectors.Rows * Config.Parts, width));
        double vectorsOfLayer = (double)vectors.Rows * Config.Parts / Layers;
        for (int layer = 0; layer < Layers; layer++)
        {
            weights[layer] = variances.PerDimension[layer] > 0 ? vectorsOfLayer / variances.PerDimension[layer] / Config.Parts : 0;
        }

        return weights;
    }

    /// <summary>
    /// Gives latents a new start: the decoder row is the input divided by its norm, the encoder row the same with a given share of the living latents' mean encoder norm, what is a
    /// number for each latent as <see cref="StartOf"/> has it, and Adam's moments zero.
    /// </summary>
    /// <param name="latents">which</param>
    /// <param name="inputs">[latents × d_model]</param>
    internal void Restart(int[] latents, Matrix inputs)
    {
        float norm = (float)(Config.Resampling!.EncoderScale * MeanEncoderNorm(latents));
        for (int i = 0; i < latents.Length; i++)
        {
            int latent = latents[i];
            var p = Parameters;
            var decoder = inputs.Row(i);
            Kernels.NormalizeRow(decoder);
            decoder.CopyTo(p.Decoder.Row(latent));
            decoder.CopyTo(p.Encoder.Row(latent));
            Kernels.Scale(p.Encoder.Row(latent), norm);
            foreach (var moments in new[] { p.EncoderFirstMoment, p.EncoderSecondMoment, p.DecoderFirstMoment, p.DecoderSecondMoment })
            {
                moments.Row(latent).Clear();
            }

            foreach (var (name, vector) in p.PerLatent)
            {
                (vector.Values[latent], vector.FirstMoment[latent], vector.SecondMoment[latent]) = (StartOf(name), 0, 0);
            }

            Ages.Ages[latent] = 0;
        }

        Ages.Restore([.. Ages.Ages]);
    }

    /// <summary>What a parameter that is a number for each latent is where the latent starts anew. Biases are zero, as published.</summary>
    private protected virtual float StartOf(string name) => 0;

    /// <summary>What a vector's code adds to the vector's loss, by its values.</summary>
    private protected virtual double SparsityOf(ReadOnlySpan<float> values) => 0;

    private double MeanEncoderNorm(int[] dead)
    {
        var without = dead.ToHashSet();
        double sum = 0;
        int alive = 0;
        for (int latent = 0; latent < Config.LatentCount; latent++)
        {
            if (!without.Contains(latent))
            {
                sum += Math.Sqrt(Kernels.SumOfSquares(Parameters.Encoder.Row(latent)));
                alive++;
            }
        }

        // Where none is alive the rows' present norms are as good as any.
        return alive > 0 ? sum / alive : 1;
    }
}

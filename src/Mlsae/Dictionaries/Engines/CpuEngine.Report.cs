namespace Mlsae.Dictionaries.Engines;

public abstract partial class CpuEngine
{
    /// <summary>Fills the report, all but the number of dead latents.</summary>
    private void Report()
    {
        int tokens = Batch.Rows / LayerCount;
        double numbers = (double)tokens * (Batch.Columns / Config.Parts);
        SumLayers();
        double loss = 0;
        for (int layer = 0; layer < Layers; layer++)
        {
            double error = _layerErrors[layer];
            loss += error * LossWeights[layer];
            Result.Fvu[layer] = error / _variances.PerDimension[layer];
            Result.FvuMlsae[layer] = error / numbers / (_variances.Pooled[layer] / (numbers - 1));
            Result.L0[layer] /= tokens;
            Result.L1[layer] /= tokens;
        }

        Result.Step = StepNumber;
        Result.Tokens = tokens;
        Result.LossMse = ErrorLoss(loss);
        Result.Loss = Result.LossMse + Result.LossAuxK + Result.LossSparsity;
    }

    /// <summary>The loss of the reconstruction's error.</summary>
    /// <param name="full">that of the reconstruction from all latents</param>
    private protected virtual double ErrorLoss(double full) => full;

    /// <summary>Sums over each layer's vectors, in the order of rows. A crosscoder's code counts at every layer.</summary>
    private void SumLayers()
    {
        Array.Clear(_layerErrors);
        Array.Clear(Result.L0);
        Array.Clear(Result.L1);
        for (int part = 0; part < Batch.Rows * Config.Parts; part++)
        {
            int layer = part % Layers;
            var values = Codes.RowValues(part / Config.Parts);
            _layerErrors[layer] += Buffers.Errors[part];
            Result.L0[layer] += CountAbove(values, (float)Config.DeadThreshold);
            Result.L1[layer] += Total(values);
        }
    }

    /// <summary>Refuses a step whose loss is not a number, before anything is overwritten.</summary>
    private void CheckFinite()
    {
        if (double.IsFinite(Result.Loss))
        {
            return;
        }

        for (int part = 0; part < Batch.Rows * Config.Parts; part++)
        {
            if (!DictionaryParameters.IsFinite(XPart(part)))
            {
                throw new NonFiniteException($"the activations of layer {part % Layers}", Result.Step);
            }
        }

        int constant = Config.Loss == ReconstructionLoss.Fvu ? Array.FindIndex(LossWeights, value => !double.IsFinite(value)) : -1;
        throw new NonFiniteException(
            Parameters.FirstNonFinite() ?? (constant >= 0 ? $"the loss, as the activations of layer {constant} do not vary," : "the loss"),
            Result.Step);
    }

    /// <summary>How many values exceed a threshold.</summary>
    internal static int CountAbove(ReadOnlySpan<float> values, float threshold)
    {
        int count = 0;
        foreach (float value in values)
        {
            count += value > threshold ? 1 : 0;
        }

        return count;
    }

    /// <summary>Their sum, in double.</summary>
    internal static double Total(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += value;
        }

        return sum;
    }

    /// <inheritdoc cref="Total(ReadOnlySpan{float})"/>
    private protected static double Total(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum;
    }
}

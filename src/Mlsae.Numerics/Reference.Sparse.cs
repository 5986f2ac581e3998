namespace Mlsae.Numerics;

public static partial class Reference
{
    /// <inheritdoc cref="Kernels.Standardize"/>
    public static (double Mean, double Scale) Standardize(ReadOnlySpan<float> x, Span<double> result)
    {
        double mean = 0, squares = 0;
        foreach (float value in x)
        {
            mean += value / (double)x.Length;
        }

        foreach (float value in x)
        {
            squares += (value - mean) * (value - mean);
        }

        double scale = Math.Sqrt(squares / (x.Length - 1));
        for (int i = 0; i < x.Length; i++)
        {
            result[i] = (x[i] - mean) / (scale + 1e-5);
        }

        return (mean, scale);
    }

    /// <inheritdoc cref="Kernels.SparseDecodeRow"/>
    public static void SparseDecodeRow(ReadOnlySpan<int> latents, ReadOnlySpan<float> values, Matrix decoder, ReadOnlySpan<float> bias, Span<double> result)
    {
        for (int column = 0; column < result.Length; column++)
        {
            double sum = bias.IsEmpty ? 0 : bias[column];
            for (int i = 0; i < latents.Length; i++)
            {
                sum += (double)values[i] * decoder[latents[i], column];
            }

            result[column] = sum;
        }
    }

    /// <summary>The dense definition of <see cref="Kernels.AddLatentGradients"/>: the gradients of element (latent, column) of encoder and decoder.</summary>
    public static (double Encoder, double Decoder) SparseGradients(
        SparseRows codes, Matrix outputGradient, Matrix input, Matrix decoder, int latent, int column, double constant = 0)
    {
        double encoderSum = 0, decoderSum = 0;
        for (int row = 0; row < codes.Rows; row++)
        {
            for (int slot = 0; slot < codes.RowValues(row).Length; slot++)
            {
                float value = codes.RowValues(row)[slot];
                if (codes.RowIndices(row)[slot] == latent && !(value <= 0))
                {
                    encoderSum += (Dot(outputGradient.Row(row), decoder.Row(latent)) + constant) * input[row, column];
                    decoderSum += (double)value * outputGradient[row, column];
                }
            }
        }

        return (encoderSum, decoderSum);
    }

    /// <inheritdoc cref="Kernels.AdamRow"/>
    public static void AdamRow(ReadOnlySpan<double> gradient, AdamStep step, Span<double> weights, Span<double> firstMoment, Span<double> secondMoment)
    {
        for (int i = 0; i < gradient.Length; i++)
        {
            firstMoment[i] = step.Beta1 * firstMoment[i] + (1 - step.Beta1) * gradient[i];
            secondMoment[i] = step.Beta2 * secondMoment[i] + (1 - step.Beta2) * gradient[i] * gradient[i];
            double m = firstMoment[i] / (1 - Math.Pow(step.Beta1, step.Step));
            double v = secondMoment[i] / (1 - Math.Pow(step.Beta2, step.Step));
            weights[i] -= step.LearningRate * m / (Math.Sqrt(v) + step.Epsilon);
        }
    }
}

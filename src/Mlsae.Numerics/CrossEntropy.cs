namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>Cross-entropy of the softmax of each row with one target: log Σ exp(x) − x[target].</summary>
    /// <param name="logits">[rows × vocabulary]</param>
    /// <param name="targets">[rows] the right column of each row; negative where the row does not count</param>
    /// <param name="losses">[rows] Overwritten with each row's loss in nats, 0 where it does not count; null where not wanted.</param>
    /// <param name="logitsGradient">[rows × vocabulary] Overwritten with gradientScale·(softmax − one-hot target), zeros where the row does
    /// not count; may be <paramref name="logits"/>; null where not wanted.</param>
    /// <param name="gradientScale">what the gradient of the sum of losses is multiplied by; 1 / (rows that count) for that of the mean</param>
    /// <returns>the mean loss over the rows that count, in nats; 0 where none does</returns>
    /// <exception cref="ArgumentException">The sizes differ, or a target is not a column.</exception>
    public static double CrossEntropy(
        Matrix logits, int[] targets, float[]? losses = null, Matrix? logitsGradient = null, float gradientScale = 1)
    {
        int rows = logits.Rows;
        Require.Equal(targets.Length, rows);
        Require.Equal(losses?.Length ?? rows, rows);
        RequireSameSize(logitsGradient ?? logits, logits);
        RequireTargets(targets, logits.Columns);
        var rowLosses = new double[rows];
        ForRows(rows, logits.Columns, row =>
        {
            var gradient = logitsGradient is null ? default : logitsGradient.Row(row);
            rowLosses[row] = CrossEntropy(logits.Row(row), targets[row], gradient, gradientScale);
        });
        double sum = 0;
        int counted = 0;
        for (int row = 0; row < rows; row++)
        {
            losses?[row] = (float)rowLosses[row];
            sum += rowLosses[row];
            counted += targets[row] >= 0 ? 1 : 0;
        }

        return counted == 0 ? 0 : sum / counted;
    }

    private static double CrossEntropy(ReadOnlySpan<float> x, int target, Span<float> gradient, float gradientScale)
    {
        if (target < 0)
        {
            gradient.Clear();
            return 0;
        }

        float maximum = Maximum(x), targetLogit = x[target];
        double sum = SumExpShifted(x, maximum, gradient);
        if (!gradient.IsEmpty)
        {
            Scale(gradient, (float)(gradientScale / sum));
            gradient[target] -= gradientScale;
        }

        return Math.Log(sum) + ((double)maximum - targetLogit);
    }

    private static void RequireTargets(int[] targets, int columns)
    {
        for (int row = 0; row < targets.Length; row++)
        {
            if (targets[row] >= columns)
            {
                throw new ArgumentException($"Target {targets[row]} of row {row} is not among {columns} columns.");
            }
        }
    }
}

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>
    /// The point with the least sum of distances to the rows of <paramref name="points"/>, by Weiszfeld's iteration from their mean:
    /// weights 1 / distance, divided by their sum, weigh the next point.
    /// </summary>
    /// <param name="points">[rows × d] at least one row</param>
    /// <param name="guard">the least distance that counts, so that a point met exactly does not divide by zero; 0 is the published code's
    /// iteration, which then ends in NaN</param>
    /// <param name="tolerance">the iteration ends when a step is shorter</param>
    /// <param name="maximumIterations">or after so many</param>
    /// <returns>[d] in double, as it was summed</returns>
    /// <exception cref="ArgumentException">There are no points.</exception>
    public static double[] GeometricMedian(Matrix points, double guard = 1e-12, double tolerance = 1e-5, int maximumIterations = 100)
    {
        Require.That(points.Rows > 0, "A geometric median needs at least one point.");
        var weights = new double[points.Rows];
        Array.Fill(weights, 1.0 / points.Rows);
        double[] median = WeightedSum(points, weights);
        for (int iteration = 0; iteration < maximumIterations; iteration++)
        {
            SetInverseDistances(points, median, guard, weights);
            double[] next = WeightedSum(points, weights);
            double step = Distance(next, median);
            median = next;
            if (step < tolerance)
            {
                break;
            }
        }

        return median;
    }

    private static void SetInverseDistances(Matrix points, double[] center, double guard, double[] weights)
    {
        ForRows(points.Rows, points.Columns, row =>
        {
            var point = points.Row(row);
            double squares = 0;
            for (int i = 0; i < point.Length; i++)
            {
                squares += (point[i] - center[i]) * (point[i] - center[i]);
            }

            weights[row] = 1 / Math.Max(Math.Sqrt(squares), guard);
        });
        double sum = weights.Sum();
        for (int row = 0; row < weights.Length; row++)
        {
            weights[row] /= sum;
        }
    }

    /// <summary>Σ weights[i]·points[i], by fixed blocks of rows so that the number of threads does not matter.</summary>
    private static double[] WeightedSum(Matrix points, double[] weights)
    {
        int blocks = (points.Rows + RowsPerSum - 1) / RowsPerSum;
        var partial = new double[blocks][];
        Workers.ForBlocks(points.Rows, RowsPerSum, (start, end) =>
        {
            var sum = partial[start / RowsPerSum] = new double[points.Columns];
            for (int row = start; row < end; row++)
            {
                var point = points.Row(row);
                for (int i = 0; i < point.Length; i++)
                {
                    sum[i] += weights[row] * point[i];
                }
            }
        });
        for (int block = 1; block < blocks; block++)
        {
            for (int i = 0; i < points.Columns; i++)
            {
                partial[0][i] += partial[block][i];
            }
        }

        return partial[0];
    }

    private static double Distance(double[] x, double[] y)
    {
        double squares = 0;
        for (int i = 0; i < x.Length; i++)
        {
            squares += (x[i] - y[i]) * (x[i] - y[i]);
        }

        return Math.Sqrt(squares);
    }
}

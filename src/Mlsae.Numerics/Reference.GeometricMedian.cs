namespace Mlsae.Numerics;

public static partial class Reference
{
    /// <summary>The geometric median by Weiszfeld's iteration, as <see cref="Kernels.GeometricMedian"/>.</summary>
    /// <param name="points">[rows][d] at least one row</param>
    /// <param name="guard">the least distance that counts</param>
    /// <param name="tolerance">the iteration ends when a step is shorter</param>
    /// <param name="maximumIterations">or after so many</param>
    public static double[] GeometricMedian(double[][] points, double guard = 1e-12, double tolerance = 1e-5, int maximumIterations = 100)
    {
        double[] median = Mean(points, [.. points.Select(_ => 1.0)]);
        for (int iteration = 0; iteration < maximumIterations; iteration++)
        {
            double[] next = Mean(points, [.. points.Select(point => 1 / Math.Max(Distance(point, median), guard))]);
            double step = Distance(next, median);
            median = next;
            if (step < tolerance)
            {
                break;
            }
        }

        return median;
    }

    private static double Distance(double[] x, double[] y) => Math.Sqrt(x.Zip(y, (a, b) => (a - b) * (a - b)).Sum());

    private static double[] Mean(double[][] points, double[] weights)
    {
        double sum = weights.Sum();
        return [.. points[0].Select((_, i) => points.Zip(weights, (point, weight) => weight * point[i]).Sum() / sum)];
    }
}

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
        var iteration = new WeiszfeldIteration(points, guard);
        for (int i = 0; i < maximumIterations; i++)
        {
            if (iteration.Step() < tolerance)
            {
                break;
            }
        }

        return iteration.Median;
    }
}

using Mlsae.Numerics;

namespace Mlsae.Analysis.Interpretation;

/// <summary>Pearson's correlation, Σ(x − x̄)(y − ȳ) / √(Σ(x − x̄)² · Σ(y − ȳ)²).</summary>
public static class Correlation
{
    // What rounding leaves of the variance of equal numbers is no variance.
    private const double Rounding = 1e-24;

    /// <summary>Of pairs; null where one side does not vary, so that there is no correlation.</summary>
    /// <param name="x">[n]</param>
    /// <param name="y">[n]</param>
    /// <exception cref="ArgumentException">There are not equally many of both.</exception>
    public static double? Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Require.Equal(x.Length, y.Length);
        var ((meanX, sizeX), (meanY, sizeY)) = (Moments(x), Moments(y));
        double xx = 0, yy = 0, xy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double dx = x[i] - meanX, dy = y[i] - meanY;
            (xx, yy, xy) = (xx + dx * dx, yy + dy * dy, xy + dx * dy);
        }

        return xx > Rounding * sizeX && yy > Rounding * sizeY ? xy / Math.Sqrt(xx * yy) : double.IsNaN(xx * yy) ? double.NaN : null;
    }

    private static (double Mean, double SumOfSquares) Moments(ReadOnlySpan<double> values)
    {
        double sum = 0, squares = 0;
        foreach (double value in values)
        {
            (sum, squares) = (sum + value, squares + value * value);
        }

        return (sum / values.Length, squares);
    }
}

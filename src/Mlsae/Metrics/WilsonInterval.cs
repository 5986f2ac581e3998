namespace Mlsae.Metrics;

/// <summary>The 95 % interval of a share: the shares whose normal approximation does not reject the observed one. Wilson 1927.</summary>
/// <remarks>Takes the units to be independent of each other.</remarks>
public static class WilsonInterval
{
    private const double NormalQuantile = 1.959963984540054;

    /// <summary>A share of some units; NaN without an interval where there is none.</summary>
    /// <param name="count">units that count</param>
    /// <param name="n">all units</param>
    public static Estimate Of(long count, long n)
    {
        if (n == 0)
        {
            return Estimate.Exact(double.NaN, 0);
        }

        double share = (double)count / n, z2 = NormalQuantile * NormalQuantile / n;
        double middle = share + z2 / 2, half = NormalQuantile * Math.Sqrt(share * (1 - share) / n + z2 / (4.0 * n));

        // At shares of 0 and 1 an end is the share itself, which rounding may miss by a bit.
        return new Estimate(share, count == 0 ? 0 : (middle - half) / (1 + z2), count == n ? 1 : (middle + half) / (1 + z2), checked((int)n));
    }
}

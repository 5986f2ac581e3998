namespace Mlsae.Analysis.Units;

/// <summary>Which units fire often enough to be compared, and how many do not.</summary>
/// <param name="Units">all of them</param>
/// <param name="Dead">never fired</param>
/// <param name="Rare">fired, but on no more than <see cref="FeatureDensity.AliveAbove"/> tokens, or on fewer than the ultralow density of Bricken et al. 2023 makes of them</param>
/// <param name="Kept">the others</param>
public sealed record UnitCensus(int Units, int Dead, int Rare, int Kept)
{
    /// <summary>Whether a unit is compared with others.</summary>
    public static bool IsKept(UnitMoments moments, int unit) =>
        moments.Fired[unit] > FeatureDensity.AliveAbove && moments.Density(unit) >= DensityHistogram.DefaultUltralowBelow;

    /// <summary>The units that are kept, ascending.</summary>
    public static int[] KeptOf(UnitMoments moments) => [.. Enumerable.Range(0, moments.Count).Where(unit => IsKept(moments, unit))];

    /// <summary>Counts units.</summary>
    public static UnitCensus Of(UnitMoments moments)
    {
        int dead = moments.Fired.Count(fired => fired == 0), kept = KeptOf(moments).Length;
        return new UnitCensus(moments.Count, dead, moments.Count - dead - kept, kept);
    }
}

using Mlsae.Numerics;

namespace Mlsae.Analysis.Units;

/// <summary>A unit with the unit of another set that it goes with.</summary>
/// <param name="Unit">the unit</param>
/// <param name="Match">the other set's unit</param>
/// <param name="Correlation">their correlation over rows</param>
public readonly record struct UnitMatch(int Unit, int Match, double Correlation)
{
    /// <summary>For each unit the one of another set with the highest Pearson correlation; of equal ones the first.</summary>
    /// <param name="products">their products</param>
    /// <param name="first">moments of the units, over the same rows</param>
    /// <param name="units">which units are matched</param>
    /// <param name="second">moments of the other set</param>
    /// <param name="others">among which matches are looked for, at least one</param>
    /// <exception cref="ArgumentException">There is nothing to match with, or the moments are of other units.</exception>
    public static UnitMatch[] Best(IUnitProducts products, UnitMoments first, int[] units, UnitMoments second, int[] others)
    {
        Require.Equal(first.Count, products.FirstCount);
        Require.Equal(second.Count, products.SecondCount);
        Require.Equal(checked((int)second.Rows), checked((int)first.Rows));
        Require.That(others.Length > 0, "There is no unit to match with: none fires often enough.");
        var best = new UnitMatch[units.Length];
        Workers.ForBlocks(units.Length, 16, (start, end) =>
        {
            var row = new double[products.SecondCount];
            for (int i = start; i < end; i++)
            {
                products.Read(units[i], row);
                best[i] = new UnitMatch(units[i], others[0], first.Correlation(units[i], second, others[0], row[others[0]]));
                foreach (int other in others.AsSpan(1))
                {
                    double correlation = first.Correlation(units[i], second, other, row[other]);
                    best[i] = correlation > best[i].Correlation ? new UnitMatch(units[i], other, correlation) : best[i];
                }
            }
        });
        return best;
    }
}

using Mlsae.Numerics;

namespace Mlsae.Analysis.Units;

/// <summary>Sums over rows, tokens for instance, of units' values and their squares: what means and correlations need of each unit alone.</summary>
/// <param name="count">number of units</param>
public sealed class UnitMoments(int count)
{
    /// <summary>Rows so far; a unit that a row does not hold is 0 there.</summary>
    public long Rows { get; private set; }

    /// <summary>Number of units.</summary>
    public int Count => Fired.Length;

    /// <summary>[units] Rows at which the unit was not 0.</summary>
    public long[] Fired { get; } = new long[count];

    /// <summary>[units] Σ x.</summary>
    public double[] Sums { get; } = new double[count];

    /// <summary>[units] Σ x².</summary>
    public double[] Squares { get; } = new double[count];

    /// <summary>Share of the rows at which a unit was not 0: its density.</summary>
    public double Density(int unit) => (double)Fired[unit] / Rows;

    /// <summary>Mean over all rows.</summary>
    public double Mean(int unit) => Sums[unit] / Rows;

    /// <summary>Standard deviation over all rows, of the population.</summary>
    public double Deviation(int unit) => Math.Sqrt(Math.Max(0, Squares[unit] / Rows - Mean(unit) * Mean(unit)));

    /// <summary>Adds rows of which most units are 0.</summary>
    /// <param name="codes">[rows × units]</param>
    public void Add(SparseRows codes)
    {
        for (int entry = 0; entry < codes.EntryCount; entry++)
        {
            Add(codes.Indices[entry], codes.Values[entry]);
        }

        Rows += codes.Rows;
    }

    /// <summary>Adds rows of all units.</summary>
    /// <param name="values">[rows × units]</param>
    public void Add(Matrix values)
    {
        Require.Equal(values.Columns, Count);
        Workers.ForBlocks(Count, 64, (start, end) =>
        {
            for (int row = 0; row < values.Rows; row++)
            {
                var own = values.Row(row)[start..end];
                for (int i = 0; i < own.Length; i++)
                {
                    Add(start + i, own[i]);
                }
            }
        });
        Rows += values.Rows;
    }

    private void Add(int unit, float value)
    {
        Fired[unit] += value == 0 ? 0 : 1;
        Sums[unit] += value;
        Squares[unit] += (double)value * value;
    }

    /// <summary>Pearson's correlation of a unit with one of others over the same rows; 0 where either never varies.</summary>
    /// <param name="unit">which of these</param>
    /// <param name="others">the others' moments</param>
    /// <param name="other">which of those</param>
    /// <param name="products">Σ x·y over the rows</param>
    public double Correlation(int unit, UnitMoments others, int other, double products)
    {
        double deviations = Deviation(unit) * others.Deviation(other);
        return deviations == 0 ? 0 : (products / Rows - Mean(unit) * others.Mean(other)) / deviations;
    }
}

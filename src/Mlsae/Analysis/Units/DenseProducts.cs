using Mlsae.Numerics;

namespace Mlsae.Analysis.Units;

/// <summary>The products of units of which the second set, and perhaps the first, has values in every row: neurons. Batches are summed in 32 bits, the text in 64.</summary>
public sealed class DenseProducts : IUnitProducts
{
    private const int UnitsInBlock = 16;

    private readonly LatentIndex _index;
    private readonly Matrix _batch;
    private readonly double[] _sums;

    /// <summary>Sums over no rows.</summary>
    /// <param name="firstCount">units of the first set</param>
    /// <param name="secondCount">units of the second set</param>
    public DenseProducts(int firstCount, int secondCount)
    {
        (FirstCount, SecondCount) = (firstCount, secondCount);
        _index = new LatentIndex(firstCount, signed: true);
        _batch = new Matrix(firstCount, secondCount);
        _sums = new double[checked(firstCount * secondCount)];
    }

    /// <inheritdoc/>
    public int FirstCount { get; }

    /// <inheritdoc/>
    public int SecondCount { get; }

    /// <summary>Adds rows.</summary>
    /// <param name="first">[rows × firstCount]</param>
    /// <param name="second">[rows × secondCount]</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public void Add(Matrix first, Matrix second)
    {
        Kernels.MatMulTransposedA(first, second, _batch);
        Workers.ForBlocks(FirstCount, UnitsInBlock, (start, end) =>
        {
            for (int unit = start; unit < end; unit++)
            {
                AddBatch(unit);
            }
        });
    }

    /// <summary>Adds rows in which most units of the first set are 0.</summary>
    /// <param name="first">[rows] of firstCount latents</param>
    /// <param name="second">[rows × secondCount]</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public void Add(SparseRows first, Matrix second)
    {
        Require.Equal(second.Rows, first.Rows);
        Require.Equal(second.Columns, SecondCount);
        _index.Build(first);
        Workers.ForBlocks(FirstCount, UnitsInBlock, (start, end) =>
        {
            for (int unit = start; unit < end; unit++)
            {
                AddUses(unit, second);
            }
        });
    }

    /// <inheritdoc/>
    public void Read(int first, Span<double> products) => _sums.AsSpan(first * SecondCount, SecondCount).CopyTo(products);

    private void AddUses(int unit, Matrix second)
    {
        var rows = _index.Rows(unit);
        var values = _index.Values(unit);
        if (rows.Length > 0)
        {
            _batch.Row(unit).Clear();
            for (int use = 0; use < rows.Length; use++)
            {
                Kernels.AddScaled(second.Row(rows[use]), values[use], _batch.Row(unit));
            }

            AddBatch(unit);
        }
    }

    private void AddBatch(int unit)
    {
        var sums = _sums.AsSpan(unit * SecondCount, SecondCount);
        var batch = _batch.Row(unit);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += batch[i];
        }
    }
}

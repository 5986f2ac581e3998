using Mlsae.Numerics;

namespace Mlsae.Analysis.Units;

/// <summary>What is summed over the rows at which both latents of a pair are not 0: x of the first, y of the second.</summary>
/// <param name="Second">the second latent</param>
/// <param name="Together">how many rows those are</param>
/// <param name="Products">Σ x·y, which is that over all rows</param>
/// <param name="FirstSquares">Σ x²: of the first where the second fires</param>
/// <param name="SecondSquares">Σ y²: of the second where the first fires</param>
public readonly record struct PairSum(int Second, long Together, double Products, double FirstSquares, double SecondSquares);

/// <summary>
/// Sums of all pairs of latents, one from each of two dictionaries, that are ever active in the same row. Never a table of all pairs nor of all rows: only pairs that meet take memory, about 60 bytes each, and
/// time.
/// </summary>
/// <remarks>The second may be anything sparse: tokens, one in each row, give each latent's activation on every token. Each first latent's sums are taken by one thread, row after row, so they do not depend on threads.</remarks>
public sealed class LatentPairs : IUnitProducts
{
    private const int LatentsInBlock = 16;

    private readonly LatentIndex _index;
    private readonly PairTable[] _pairs;

    /// <summary>Sums over no rows.</summary>
    /// <param name="firstCount">latents of the first dictionary</param>
    /// <param name="secondCount">latents of the second</param>
    public LatentPairs(int firstCount, int secondCount)
    {
        SecondCount = Require.NotNegative(secondCount);
        _index = new LatentIndex(firstCount, signed: true);
        _pairs = [.. Enumerable.Range(0, firstCount).Select(_ => new PairTable())];
    }

    /// <inheritdoc/>
    public int FirstCount => _pairs.Length;

    /// <inheritdoc/>
    public int SecondCount { get; }

    /// <summary>Adds rows.</summary>
    /// <param name="first">[rows] codes of the first dictionary</param>
    /// <param name="second">[rows] codes of the second, of the same tokens</param>
    /// <exception cref="ArgumentException">The numbers of rows differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An entry is no latent of the second.</exception>
    public void Add(SparseRows first, SparseRows second)
    {
        Require.Equal(second.Rows, first.Rows);
        foreach (int latent in second.Indices.AsSpan(0, second.EntryCount))
        {
            Require.Within(latent, 1, SecondCount);
        }

        _index.Build(first);
        Workers.ForBlocks(_pairs.Length, LatentsInBlock, (start, end) =>
        {
            for (int latent = start; latent < end; latent++)
            {
                AddUses(latent, second);
            }
        });
    }

    /// <summary>The pairs of a first latent, in ascending order of the second.</summary>
    public PairSum[] Of(int first) => _pairs[first].Sorted();

    /// <inheritdoc/>
    public void Read(int first, Span<double> products)
    {
        products.Clear();
        foreach (var pair in _pairs[first].All)
        {
            products[pair.Second] = pair.Products;
        }
    }

    private void AddUses(int latent, SparseRows second)
    {
        var rows = _index.Rows(latent);
        var values = _index.Values(latent);
        var pairs = _pairs[latent];
        for (int use = 0; use < rows.Length; use++)
        {
            double x = values[use];
            for (int entry = second.Start(rows[use]); entry < second.Start(rows[use] + 1); entry++)
            {
                double y = second.Values[entry];
                if (y != 0)
                {
                    ref var pair = ref pairs[second.Indices[entry]];
                    pair = new PairSum(pair.Second, pair.Together + 1, pair.Products + x * y, pair.FirstSquares + x * x, pair.SecondSquares + y * y);
                }
            }
        }
    }
}

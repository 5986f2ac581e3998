using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>The cosines of all pairs i &lt; j of a dictionary's directions, counted: by cosine, and by the distance of the latents' mean layers and cosine.</summary>
/// <remarks>Lawson et al. 2024. Their code orders the directions by mean layer but not the mean layers, so that its pairs do not belong together; here they do.</remarks>
public sealed record PairwiseCosines
{
    /// <summary>Name and version of the definition.</summary>
    public string Definition { get; init; } =
        "pairwise_cosines/1: counts of cos(d_i, d_j) over all pairs i < j of the live latents' decoder directions; by distance: |mean layer of i - mean layer of j|";

    /// <summary>Bins of the cosine over [−1, 1].</summary>
    public const int CosineBins = 200;

    /// <summary>Bins of the distance between mean layers over [0, L − 1].</summary>
    public const int DistanceBins = 60;

    /// <summary>Pairs.</summary>
    public required long Pairs { get; init; }

    /// <summary>Mean cosine.</summary>
    public required double Mean { get; init; }

    /// <summary>Standard deviation of the cosine; about 1/√d_model for random directions.</summary>
    public required double Std { get; init; }

    /// <summary>[<see cref="CosineBins"/>] pairs by cosine.</summary>
    public required IReadOnlyList<long> Counts { get; init; }

    /// <summary>[<see cref="CosineBins"/>] share of the pairs that would lie in each bin if directions were independent and pointed anywhere.</summary>
    public required IReadOnlyList<double> IsotropicShares { get; init; }

    /// <summary>Largest distance of two mean layers, L − 1.</summary>
    public required int LargestDistance { get; init; }

    /// <summary>[<see cref="DistanceBins"/>][<see cref="CosineBins"/>] pairs by distance and cosine.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> ByDistance { get; init; }

    /// <summary>[<see cref="DistanceBins"/>] mean cosine by distance; NaN where there is no pair.</summary>
    public required IReadOnlyList<double> MeanByDistance { get; init; }

    /// <summary>Counts all pairs.</summary>
    /// <param name="directions">[n × d_model] of at least two latents</param>
    /// <param name="layerMeans">[n] their mean layers, in 0 .. L − 1</param>
    /// <param name="layerCount">L</param>
    /// <exception cref="ArgumentException">There are fewer than two directions, or another number of mean layers.</exception>
    public static PairwiseCosines Of(Matrix directions, IReadOnlyList<double> layerMeans, int layerCount)
    {
        Require.That(directions.Rows > 1, "Directions are compared in pairs, but there are fewer than two.");
        Require.Equal(layerMeans.Count, directions.Rows);
        var counter = new Counter([.. layerMeans], Math.Max(1, layerCount - 1));
        var rows = DirectionMatching.Normalized(directions);
        DirectionMatching.ForBlocksOfCosines(rows, rows, counter.Add, upper: true);
        return counter.Result(directions.Columns);
    }

    /// <summary>[bins] The probability of each bin of the cosine of two independent, uniformly distributed directions: density (1 − c²)^((d − 3)/2) up to a factor.</summary>
    internal static double[] Isotropic(int modelDim)
    {
        const int steps = 32;
        double Density(double cosine) => Math.Exp((modelDim - 3) / 2.0 * Math.Log(Math.Max(1e-300, 1 - cosine * cosine)));
        double[] areas = [.. Enumerable.Range(0, CosineBins).Select(bin => Enumerable.Range(0, steps).Sum(step => Density(-1 + 2.0 * (bin + (step + 0.5) / steps) / CosineBins)))];
        double all = areas.Sum();
        return [.. areas.Select(area => area / all)];
    }

    /// <summary>Counts of blocks, which come from several threads. Integers add up in any order; sums are kept by row, so that they do not depend on it.</summary>
    private sealed class Counter(double[] layerMeans, int largestDistance)
    {
        private readonly long[] _byDistance = new long[DistanceBins * CosineBins];
        private readonly double[] _sums = new double[layerMeans.Length];
        private readonly double[] _squares = new double[layerMeans.Length];
        private readonly double[][] _sumsByDistance = [.. layerMeans.Select(_ => new double[DistanceBins])];

        public void Add(int firstRow, int firstColumn, Matrix cosines)
        {
            var own = new long[_byDistance.Length];
            for (int row = 0; row < cosines.Rows; row++)
            {
                int i = firstRow + row;
                var values = cosines.Row(row);
                for (int column = Math.Max(0, i + 1 - firstColumn); column < values.Length; column++)
                {
                    double cosine = values[column];
                    int distance = Bin(Math.Abs(layerMeans[i] - layerMeans[firstColumn + column]) / largestDistance, DistanceBins);
                    own[distance * CosineBins + Bin((cosine + 1) / 2, CosineBins)]++;
                    _sums[i] += cosine;
                    _squares[i] += cosine * cosine;
                    _sumsByDistance[i][distance] += cosine;
                }
            }

            lock (_byDistance)
            {
                for (int bin = 0; bin < own.Length; bin++)
                {
                    _byDistance[bin] += own[bin];
                }
            }
        }

        public PairwiseCosines Result(int modelDim)
        {
            long[][] byDistance = [.. _byDistance.Chunk(CosineBins)];
            long pairs = _byDistance.Sum();
            double mean = _sums.Sum() / pairs;
            return new PairwiseCosines
            {
                Pairs = pairs,
                Mean = mean,
                Std = Math.Sqrt(Math.Max(0, _squares.Sum() / pairs - mean * mean)),
                Counts = [.. Enumerable.Range(0, CosineBins).Select(bin => byDistance.Sum(row => row[bin]))],
                IsotropicShares = Isotropic(modelDim),
                LargestDistance = largestDistance,
                ByDistance = byDistance,
                MeanByDistance = [.. byDistance.Select((row, distance) => _sumsByDistance.Sum(sums => sums[distance]) / row.Sum())],
            };
        }

        private static int Bin(double share, int bins) => Math.Clamp((int)(share * bins), 0, bins - 1);
    }
}

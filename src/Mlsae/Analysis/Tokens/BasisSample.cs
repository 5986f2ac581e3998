using Mlsae.Numerics;

namespace Mlsae.Analysis.Tokens;

/// <summary>A direction of the basis: one dimension of the vectors, upwards or downwards.</summary>
/// <param name="Dimension">which, from 0</param>
/// <param name="Negative">whether downwards: values are taken times −1</param>
public readonly record struct BasisDirection(int Dimension, bool Negative);

/// <summary>Of the vectors of one layer: the tokens at which every basis direction is largest, and some vectors drawn at random.</summary>
public sealed class BasisSample
{
    /// <summary>Tokens kept at which a direction is largest.</summary>
    public const int Top = 20;

    private readonly PriorityQueue<int, float>[] _largest;
    private readonly HashSet<long> _drawn;
    private readonly List<(int Token, float[] Vector)> _vectors = [];
    private long _tokens;

    /// <summary>A sample of vectors that are to come.</summary>
    /// <param name="width">d_model</param>
    /// <param name="tokens">how many tokens will come</param>
    /// <param name="most">how many vectors are drawn from them</param>
    /// <param name="random">draws them</param>
    public BasisSample(int width, int tokens, int most, Philox random)
    {
        _largest = [.. Enumerable.Range(0, 2 * width).Select(_ => new PriorityQueue<int, float>())];
        int[] order = [.. Enumerable.Range(0, tokens)];
        random.Shuffle<int>(order);
        _drawn = [.. order.Take(most)];
    }

    /// <summary>Adds the next token's vector.</summary>
    /// <param name="token">its id</param>
    /// <param name="vector">[d_model]</param>
    public void Add(int token, ReadOnlySpan<float> vector)
    {
        for (int i = 0; i < vector.Length; i++)
        {
            Offer(_largest[2 * i], token, vector[i]);
            Offer(_largest[2 * i + 1], token, -vector[i]);
        }

        if (_drawn.Contains(_tokens++))
        {
            _vectors.Add((token, vector.ToArray()));
        }
    }

    /// <summary>The values of a direction at the tokens drawn.</summary>
    public IReadOnlyList<TokenPoint> Points(BasisDirection direction) =>
        [.. _vectors.Select(of => new TokenPoint(of.Token, direction.Negative ? -of.Vector[direction.Dimension] : of.Vector[direction.Dimension]))];

    /// <summary>
    /// The direction that compares with a latent for a token: as published, of the directions that the latent reads, in the order of the size of its encoder weights, the first that has the token among the
    /// tokens at which it is largest. Where none has it, the one that correlates most with the token's being there, among the vectors drawn.
    /// </summary>
    /// <param name="encoder">[d_model] the latent's encoder row; a negative weight reads its dimension downwards</param>
    /// <param name="token">the token</param>
    /// <returns>the direction, its place among the dimensions by weight, from 1, and whether it has the token among its largest</returns>
    public (BasisDirection Direction, int Rank, bool HasToken) Comparable(ReadOnlySpan<float> encoder, int token)
    {
        float[] weights = encoder.ToArray();
        BasisDirection[] byWeight =
        [
            .. Enumerable.Range(0, weights.Length).OrderByDescending(i => Math.Abs(weights[i])).ThenBy(i => i).Select(i => new BasisDirection(i, weights[i] < 0)),
        ];
        int rank = Array.FindIndex(byWeight, direction => TopTokens(direction).Contains(token));
        bool isFound = rank >= 0;
        rank = isFound ? rank : Enumerable.Range(0, byWeight.Length).MaxBy(i => Correlation(byWeight[i], token));
        return (byWeight[rank], rank + 1, isFound);
    }

    /// <summary>The tokens at which a direction is largest, in no order.</summary>
    public IEnumerable<int> TopTokens(BasisDirection direction) => _largest[2 * direction.Dimension + (direction.Negative ? 1 : 0)].UnorderedItems.Select(item => item.Element);

    /// <summary>Pearson's correlation of a direction's values with the token's being there; 0 where either does not vary.</summary>
    private double Correlation(BasisDirection direction, int token)
    {
        var points = Points(direction);
        double mean = points.Average(point => (double)point.Value), share = points.Average(point => point.Token == token ? 1.0 : 0);
        double variance = points.Average(point => (point.Value - mean) * (point.Value - mean)), covariance = points.Average(point => (point.Value - mean) * ((point.Token == token ? 1 : 0) - share));
        return variance == 0 || share is 0 or 1 ? 0 : covariance / Math.Sqrt(variance * share * (1 - share));
    }

    private static void Offer(PriorityQueue<int, float> largest, int token, float value)
    {
        if (largest.Count < Top)
        {
            largest.Enqueue(token, value);
        }
        else
        {
            largest.EnqueueDequeue(token, value);
        }
    }
}

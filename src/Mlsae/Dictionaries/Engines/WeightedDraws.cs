using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>
/// Independent draws with replacement from a stream, each item with probability proportional to its weight, in one pass and without keeping the stream. For each draw the cumulated weight at which it
/// next changes its mind is known beforehand: after weight W a draw keeps its item up to weight W' with probability W / W', so the next change is at W / u with u uniform in (0, 1).
/// </summary>
/// <param name="draws">how many</param>
/// <param name="random">decides</param>
public sealed class WeightedDraws(int draws, Philox random)
{
    private readonly PriorityQueue<int, (double Weight, int Draw)> _changes = new(Enumerable.Range(0, draws).Select(draw => (draw, (0.0, draw))));

    /// <summary>The weight of all items so far.</summary>
    public double TotalWeight { get; private set; }

    /// <summary>Offers the next item.</summary>
    /// <param name="weight">not negative</param>
    /// <param name="take">is told of each draw that now holds this item instead of an earlier one</param>
    public void Offer(double weight, Action<int> take)
    {
        if (!(weight > 0))
        {
            return;
        }

        TotalWeight += weight;
        while (_changes.TryPeek(out int draw, out var change) && change.Weight < TotalWeight)
        {
            take(draw);
            // 1 − u, so that it is never 0.
            _changes.DequeueEnqueue(draw, (TotalWeight / (1 - random.NextDouble()), draw));
        }
    }
}

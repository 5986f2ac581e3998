using Mlsae.Numerics;

namespace Mlsae.Analysis.Chains;

/// <summary>The vocabulary in another order, in which each token stands for one about as frequent: what a relation between tokens is compared with.</summary>
public static class TokenExchange
{
    /// <summary>Groups of like frequency.</summary>
    public const int Groups = 10;

    /// <summary>[vocabulary] The token that each is exchanged for; tokens that do not occur often enough stay.</summary>
    /// <param name="counts">[vocabulary] occurrences of each</param>
    /// <param name="fewest">times that a token must occur to be exchanged</param>
    /// <param name="random">draws the order</param>
    public static int[] Draw(IReadOnlyList<long> counts, long fewest, Philox random)
    {
        int[] exchange = [.. Enumerable.Range(0, counts.Count)];
        int[] frequent = [.. exchange.Where(id => counts[id] >= fewest).OrderBy(id => counts[id]).ThenBy(id => id)];
        int size = Math.Max(1, (frequent.Length + Groups - 1) / Groups);
        foreach (int[] group in frequent.Chunk(size))
        {
            int[] shuffled = [.. group];
            random.Shuffle<int>(shuffled);
            for (int i = 0; i < group.Length; i++)
            {
                exchange[group[i]] = shuffled[i];
            }
        }

        return exchange;
    }
}

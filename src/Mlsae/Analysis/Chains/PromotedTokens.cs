using Mlsae.Numerics;

namespace Mlsae.Analysis.Chains;

/// <summary>The tokens whose logits a latent raises most, among those that the text has often enough: of others it is not known what fires on them.</summary>
public static class PromotedTokens
{
    /// <summary>Tokens that a latent promotes.</summary>
    public const int Count = 5;

    /// <summary>Times that a token must occur to count as promoted.</summary>
    public const int FewestOccurrences = 10;

    /// <summary>The tokens that occur often enough, ascending.</summary>
    /// <param name="tokenCounts">[vocabulary] occurrences of each</param>
    /// <exception cref="ArgumentException">There are fewer than <see cref="Count"/>.</exception>
    public static int[] Frequent(IReadOnlyList<long> tokenCounts)
    {
        int[] frequent = [.. Enumerable.Range(0, tokenCounts.Count).Where(id => tokenCounts[id] >= FewestOccurrences)];
        Require.That(frequent.Length >= Count, $"Only {frequent.Length} tokens occur at least {FewestOccurrences} times; {Count} are needed. Give more text with --rare-sequences.");
        return frequent;
    }

    /// <summary>[rows of weights] The tokens that each row raises most, the first first; of equal ones those with the lower number.</summary>
    /// <param name="weights">[rows × vocabulary] logit weights</param>
    /// <param name="frequent">the tokens that are looked at, ascending</param>
    /// <exception cref="ArgumentException">A weight is no number.</exception>
    public static int[][] Of(Matrix weights, int[] frequent)
    {
        var promoted = new int[weights.Rows][];
        Workers.ForBlocks(weights.Rows, 16, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                promoted[row] = Largest(weights.Row(row), frequent);
            }
        });
        return promoted;
    }

    private static int[] Largest(ReadOnlySpan<float> weights, int[] frequent)
    {
        var largest = new int[Count];
        int kept = 0;
        foreach (int id in frequent)
        {
            Require.That(!float.IsNaN(weights[id]), "A latent's direct logit weights are not numbers: its direction or the model's weights have NaN.");
            int place = kept;
            while (place > 0 && weights[id] > weights[largest[place - 1]])
            {
                place--;
            }

            if (place < Count)
            {
                kept = Math.Min(kept + 1, Count);
                largest.AsSpan(place, kept - place - 1).CopyTo(largest.AsSpan(place + 1));
                largest[place] = id;
            }
        }

        return largest;
    }
}

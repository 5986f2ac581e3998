using System.Runtime.InteropServices;

namespace Mlsae.Text.Microworlds;

/// <summary>
/// How surprising the tokens of a corpus are to who knows only their counts: what a language model's loss is held against.
/// Plug-in estimates, −Σ p ln p, over all tokens and over all pairs of neighbours within a sequence.
/// </summary>
/// <param name="Tokens">tokens counted</param>
/// <param name="Unigram">H(token), nats a token</param>
/// <param name="Bigram">H(token | the token before it), nats a token</param>
public sealed record CorpusEntropy(long Tokens, double Unigram, double Bigram)
{
    /// <summary>Counts the tokens of all sequences.</summary>
    public static CorpusEntropy Of(IEnumerable<int[]> sequences)
    {
        var tokens = new Dictionary<int, long>();
        var firsts = new Dictionary<int, long>();
        var pairs = new Dictionary<(int, int), long>();
        foreach (int[] sequence in sequences)
        {
            for (int i = 0; i < sequence.Length; i++)
            {
                Count(tokens, sequence[i]);
                if (i > 0)
                {
                    Count(firsts, sequence[i - 1]);
                    Count(pairs, (sequence[i - 1], sequence[i]));
                }
            }
        }

        return new CorpusEntropy(tokens.Values.Sum(), Entropy(tokens.Values), Entropy(pairs.Values) - Entropy(firsts.Values));
    }

    private static void Count<T>(Dictionary<T, long> counts, T item)
        where T : notnull => CollectionsMarshal.GetValueRefOrAddDefault(counts, item, out _)++;

    private static double Entropy(IReadOnlyCollection<long> counts)
    {
        double total = counts.Sum();
        return counts.OrderBy(c => c).Sum(c => -c / total * Math.Log(c / total));
    }
}

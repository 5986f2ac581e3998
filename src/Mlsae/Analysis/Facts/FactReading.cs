using Mlsae.Numerics;
using Mlsae.Text;
using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis.Facts;

/// <summary>
/// A simple reading of text without annotation: how likely a fact is true of a token, from the token and the one before it alone. In annotated text it is counted of which share of its places each
/// pair of tokens has the fact; pairs that are seldom seen there lean on the token, and tokens on the fact's share of all tokens.
/// </summary>
/// <remarks>Leaning: (places with the fact + the wider share) / (places + 1), so that the wider share weighs as much as one place.</remarks>
public sealed class FactReading
{
    private readonly Dictionary<int, Share> _tokens = [];
    private readonly Dictionary<(int Before, int Token), Share> _pairs = [];
    private readonly Share _all = new();

    /// <summary>Counts on annotated contexts.</summary>
    /// <param name="contexts">annotated text</param>
    /// <param name="tokenizer">what the tokens are</param>
    /// <param name="fact">which fact, by its place in <see cref="TextFacts.Names"/></param>
    public FactReading(IReadOnlyList<AnnotatedTokens> contexts, Tokenizer tokenizer, int fact)
    {
        var facts = new TextFacts(contexts, tokenizer);
        int token = 0;
        foreach (var context in contexts)
        {
            for (int t = 0; t < context.Ids.Length; t++, token++)
            {
                if (tokenizer.IsSpecial(context.Ids[t]))
                {
                    continue;
                }

                bool holds = facts[token].Contains(fact);
                _all.Count(holds);
                Of(_tokens, context.Ids[t]).Count(holds);
                if (t > 0)
                {
                    Of(_pairs, (context.Ids[t - 1], context.Ids[t])).Count(holds);
                }
            }
        }

        Require.That(_all.Places > 0, "There are no tokens to count a fact on.");
    }

    /// <summary>The share of all tokens that have the fact.</summary>
    public double Overall => (double)_all.Holding / _all.Places;

    /// <summary>How likely the fact is true of a token.</summary>
    /// <param name="before">the token before it</param>
    /// <param name="token">the token</param>
    public double Of(int before, int token)
    {
        double ofToken = (_tokens.GetValueOrDefault(token) ?? new Share()).Leaning(Overall);
        return (_pairs.GetValueOrDefault((before, token)) ?? new Share()).Leaning(ofToken);
    }

    private static Share Of<TKey>(Dictionary<TKey, Share> counts, TKey key)
        where TKey : notnull
    {
        if (!counts.TryGetValue(key, out var share))
        {
            counts[key] = share = new Share();
        }

        return share;
    }

    private sealed class Share
    {
        public int Places { get; private set; }

        public int Holding { get; private set; }

        public void Count(bool holds)
        {
            Places++;
            Holding += holds ? 1 : 0;
        }

        public double Leaning(double wider) => (Holding + wider) / (Places + 1);
    }
}

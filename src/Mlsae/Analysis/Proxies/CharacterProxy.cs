using System.Text;

namespace Mlsae.Analysis.Proxies;

/// <summary>
/// Text whose characters are drawn from an alphabet, each as likely as the others: P(s | kind) is the product of 1 / (size of the alphabet) for each of its characters, and 1e-10 for each other one. Base64 has 64, DNA 4.
/// </summary>
/// <remarks>The score is a running sum: what a token adds to the string before it, which is kept where it is worth more than nothing.</remarks>
public sealed class CharacterProxy : TokenProxy
{
    private readonly HashSet<Rune> _alphabet;
    private readonly int _fewestTokens;
    private readonly bool _binary;

    /// <summary>A proxy.</summary>
    /// <param name="name">what tables call it</param>
    /// <param name="concept">the Microworld's concept that says the same, or null</param>
    /// <param name="alphabet">its characters</param>
    /// <param name="fewestTokens">tokens that a string must have: 2 where the published score takes groups, else 1</param>
    /// <param name="binary">whether only the score's sign counts</param>
    public CharacterProxy(string name, string? concept, string alphabet, int fewestTokens = 1, bool binary = false)
        : base(name, concept)
    {
        _alphabet = [];
        foreach (var character in alphabet.EnumerateRunes())
        {
            _alphabet.Add(character);
        }

        (_fewestTokens, _binary) = (fewestTokens, binary);
    }

    /// <inheritdoc/>
    public override string Definition =>
        $"{Name}/1: max over strings s of at least {_fewestTokens} tokens that end at the token of ln P(s|kind)/P(s); each of {_alphabet.Count} characters with probability 1/{_alphabet.Count}, others 1e-10; P(s) the product of token shares"
        + (_binary ? "; the sign counts" : "; thresholded at 0");

    /// <inheritdoc/>
    public override double Signal(double score) => _binary ? score > 0 ? 1 : 0 : base.Signal(score);

    /// <inheritdoc/>
    public override double[] Scores(ReadOnlySpan<int> ids, ProxyStatistics statistics)
    {
        var scores = new double[ids.Length];
        var gains = new List<double>();
        double best = double.NegativeInfinity;
        for (int t = 0; t < ids.Length; t++)
        {
            if (statistics.Tokenizer.IsSpecial(ids[t]))
            {
                scores[t] = double.NaN;
                gains.Clear();
                continue;
            }

            gains.Add(Gain(ids[t], statistics));
            best = Best(gains, best);
            scores[t] = best;
        }

        return scores;
    }

    /// <summary>The best string that ends at the newest token: the shortest allowed, or the best that ended before it, with the newest token added.</summary>
    private double Best(List<double> gains, double before)
    {
        if (gains.Count < _fewestTokens)
        {
            return double.NegativeInfinity;
        }

        double shortest = 0;
        for (int i = gains.Count - _fewestTokens; i < gains.Count; i++)
        {
            shortest += gains[i];
        }

        return gains.Count == _fewestTokens ? shortest : Math.Max(shortest, before + gains[^1]);
    }

    /// <summary>ln P(token | kind) / P(token).</summary>
    private double Gain(int id, ProxyStatistics statistics)
    {
        double sum = -Math.Log(statistics.Share(id));
        foreach (var rune in statistics.Characters(id))
        {
            // U+FFFD stands for bytes that are no whole character.
            sum += Math.Log(_alphabet.Contains(rune) ? 1.0 / _alphabet.Count : Impossible);
        }

        return sum;
    }
}

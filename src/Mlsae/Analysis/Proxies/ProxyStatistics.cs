using System.Collections.Concurrent;
using System.Text;
using Mlsae.Numerics;
using Mlsae.Text;

namespace Mlsae.Analysis.Proxies;

/// <summary>What proxies know of a text: how often each token comes, and how much of it is of each script. Special tokens are left out.</summary>
public sealed class ProxyStatistics
{
    private readonly long[] _counts;
    private readonly long _total;
    private readonly ConcurrentDictionary<int, Rune[]> _characters = [];
    private readonly Dictionary<UnicodeScript, ScriptShares> _scripts;

    /// <summary>Counts a text.</summary>
    /// <param name="contexts">its tokens</param>
    /// <param name="tokenizer">whose tokens they are</param>
    /// <exception cref="ArgumentException">There are no tokens but special ones.</exception>
    public ProxyStatistics(IReadOnlyList<int[]> contexts, Tokenizer tokenizer)
    {
        Tokenizer = tokenizer;
        _counts = new long[tokenizer.VocabularySize];
        var places = new TokenCharacters[contexts.Count][];
        Workers.For(contexts.Count, i => places[i] = TokenCharacters.Of(contexts[i], tokenizer));
        foreach (int id in contexts.SelectMany(context => context).Where(id => !tokenizer.IsSpecial(id)))
        {
            _counts[id]++;
            _total++;
        }

        Require.That(_total > 0, "The text has no tokens to count.");
        _scripts = UnicodeScripts.All.ToDictionary(script => script, script => ScriptShares.Count(contexts, places, script, _counts));
    }

    /// <summary>Whose tokens the text is made of.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>P(token): its share of the text; of a token that the text does not have, that of one that comes once.</summary>
    public double Share(int id) => (double)Math.Max(1, _counts[id]) / _total;

    /// <summary>How much of the text is of a script.</summary>
    /// <param name="script">one of <see cref="UnicodeScripts.All"/></param>
    public ScriptShares Of(UnicodeScript script) => _scripts[script];

    /// <summary>The characters of a token by itself; U+FFFD for each byte that is no part of a whole one.</summary>
    public IReadOnlyList<Rune> Characters(int id) => _characters.GetOrAdd(id, Decode);

    private Rune[] Decode(int id)
    {
        var bytes = Tokenizer.TokenBytes(id).Span;
        var characters = new List<Rune>();
        while (!bytes.IsEmpty)
        {
            bool isWhole = Rune.DecodeFromUtf8(bytes, out var character, out int length) == System.Buffers.OperationStatus.Done;
            characters.AddRange(isWhole ? [character] : Enumerable.Repeat(Rune.ReplacementChar, length));
            bytes = bytes[length..];
        }

        return [.. characters];
    }
}

/// <summary>How much of a text is of a script.</summary>
/// <param name="Share">P(script): share of tokens whose characters, but for white space, are all in the blocks</param>
/// <param name="counts">[vocabulary] occurrences of each token that are</param>
/// <param name="all">[vocabulary] all of its occurrences</param>
public sealed class ScriptShares(double Share, long[] counts, long[] all)
{
    /// <summary>P(script).</summary>
    public double Share { get; } = Share;

    /// <summary>P(script | token): the share of a token's occurrences that are of the script; 0 for one that does not occur.</summary>
    public double ShareOfToken(int id) => all[id] == 0 ? 0 : (double)counts[id] / all[id];

    internal static ScriptShares Count(IReadOnlyList<int[]> contexts, TokenCharacters[][] places, UnicodeScript script, long[] all)
    {
        var counts = new long[all.Length];
        for (int i = 0; i < contexts.Count; i++)
        {
            for (int t = 0; t < contexts[i].Length; t++)
            {
                counts[contexts[i][t]] += places[i][t].AreIn(script) ? 1 : 0;
            }
        }

        return new ScriptShares((double)counts.Sum() / all.Sum(), counts, all);
    }
}

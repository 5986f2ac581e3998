using Mlsae.Text;

namespace Mlsae.Analysis.Proxies;

/// <summary>
/// A kind of text that can be recognised from its tokens alone, by how much likelier they are in it than anywhere: score(t) = max over the strings s of tokens that end at t of ln P(s | kind) / P(s), with P(s) the
/// product of the tokens' shares of the text. Bricken et al. 2023 hold a latent against such a score to see how specific it is.
/// </summary>
public abstract class TokenProxy
{
    /// <summary>What the probability of a character, or of a string, is that the kind does not have.</summary>
    public const double Impossible = 1e-10;

    /// <summary>A proxy under a name.</summary>
    private protected TokenProxy(string name, string? concept) => (Name, Concept) = (name, concept);

    /// <summary>What tables call it.</summary>
    public string Name { get; }

    /// <summary>The Microworld's concept that says the same; null where none does.</summary>
    public string? Concept { get; }

    /// <summary>How it is defined, in a sentence.</summary>
    public abstract string Definition { get; }

    /// <summary>Scores the tokens of one context.</summary>
    /// <param name="ids">[tokens]</param>
    /// <param name="statistics">of the text</param>
    /// <returns>[tokens] positive where the kind is likelier than the rest of the text; NaN at special tokens, over which no string reaches</returns>
    public abstract double[] Scores(ReadOnlySpan<int> ids, ProxyStatistics statistics);

    /// <summary>What latents are correlated with: the score, thresholded at 0 as published, 0 at special tokens.</summary>
    public virtual double Signal(double score) => score > 0 ? score : 0;

    /// <summary>Whether anything in a text could be of the kind.</summary>
    public virtual bool OccursIn(ProxyStatistics statistics) => true;

    /// <summary>The proxies that are looked at: base64, DNA, digits, and the scripts of <see cref="UnicodeScripts"/>.</summary>
    public static IReadOnlyList<TokenProxy> All { get; } =
    [
        new CharacterProxy("base64", "base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
        new CharacterProxy("DNA", "dna", "ACGT", fewestTokens: 2, binary: true),
        new CharacterProxy("digits", null, "0123456789"),
        .. UnicodeScripts.All.Select(script => new ScriptProxy(script)),
    ];
}

using System.Text;

namespace Mlsae.Analysis.Interpretation.Rules;

/// <summary>What a token can be like, by its text and place alone.</summary>
/// <param name="Name">as rules say it</param>
/// <param name="Holds">whether a token of a fragment is like that</param>
internal sealed record TokenClass(string Name, Func<TextFragment, int, bool> Holds)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<TokenClass> All { get; } =
    [
        Of("tokens with a digit", text => text.Any(char.IsDigit)),
        Of("tokens that begin with a capital", text => FirstLetter(text) is { } letter && Rune.IsUpper(letter)),
        Of("tokens of capitals alone", text => text.Count(char.IsUpper) > 1 && !text.Any(char.IsLower)),
        Of("tokens without letter or digit", text => !text.Any(char.IsLetterOrDigit)),
        Of("tokens of white space alone", text => text.All(char.IsWhiteSpace)),
        Of("tokens with a line break", text => text.Contains('\n')),
        Of("tokens that begin a word", text => text.Length > 1 && char.IsWhiteSpace(text[0]) && char.IsLetter(text[1])),
        Of("tokens of letters that go on with a word", text => char.IsLetter(text[0])),
        Of("tokens with letters beyond ASCII", text => text.Any(c => char.IsLetter(c) && !char.IsAscii(c))),
        new("the fragment's first token", (_, token) => token == 0),
    ];

    private static TokenClass Of(string name, Func<string, bool> holds) => new(name, (fragment, token) => holds(fragment.Texts[token]));

    private static Rune? FirstLetter(string text) => text.EnumerateRunes().Cast<Rune?>().FirstOrDefault(rune => Rune.IsLetter(rune!.Value));
}

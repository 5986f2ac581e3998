using Mlsae.Text.Microworlds.Words;

namespace Mlsae.Text.Microworlds;

/// <summary>Which concept a word of prose carries wherever it stands, so that no writer can forget it.</summary>
internal static class Lexicon
{
    private static readonly Dictionary<string, Concept> Words = Read();

    private static readonly Dictionary<string, Concept>.AlternateLookup<ReadOnlySpan<char>> Lookup =
        Words.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The concept of a word, or null.</summary>
    public static Concept? Find(ReadOnlySpan<char> word) => Lookup.TryGetValue(word, out var concept) ? concept : null;

    /// <summary>Whether 's after a word of this concept is short for 'is'.</summary>
    public static bool TakesContraction(Concept concept) =>
        concept == Concepts.PronounIt || concept == Concepts.PronounHe || concept == Concepts.PronounShe || concept == Concepts.WhWord;

    private static Dictionary<string, Concept> Read()
    {
        var words = new Dictionary<string, Concept>();
        foreach (var list in GrammarWords.All.Concat(WordLists.All))
        {
            foreach (string word in list.Words)
            {
                // A word in two lists would make its concept depend on their order, so Add throws.
                words.Add(word, list.Concept);
                string capitalised = char.ToUpperInvariant(word[0]) + word[1..];
                if (capitalised != word)
                {
                    words.Add(capitalised, list.Concept);
                }
            }
        }

        return words;
    }
}

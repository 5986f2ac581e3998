namespace Mlsae.Text.Microworlds.Words;

/// <summary>Words that share a concept.</summary>
/// <param name="Slot">the name by which templates ask for one of them</param>
/// <param name="Concept">what is true of each</param>
/// <param name="Words">single words of ASCII letters</param>
internal sealed record WordList(string Slot, Concept Concept, string[] Words)
{
    /// <summary>A list from words that blanks separate.</summary>
    public WordList(string slot, Concept concept, string words)
        : this(slot, concept, words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
    {
    }
}

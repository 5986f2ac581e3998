using Mlsae.Numerics;
using Mlsae.Text;
using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis.Interpretation;

/// <summary>The tokens of a document.</summary>
/// <param name="Ids">[tokens]</param>
/// <param name="Concepts">[tokens] what is true of each; null where that is not known</param>
public sealed record DocumentTokens(int[] Ids, ConceptSet[]? Concepts = null);

/// <summary>Documents of which there is no fragment.</summary>
/// <param name="TooShort">they have fewer tokens than a fragment</param>
/// <param name="PartialCharacters">a token of the fragment drawn is only a part of a character, which would be U+FFFD</param>
/// <param name="SpecialTokens">a token of the fragment drawn is special and no text</param>
public sealed record PassedOverDocuments(int TooShort, int PartialCharacters, int SpecialTokens);

/// <summary>Draws one fragment of each document, all places equally likely.</summary>
/// <param name="tokenizer">whose tokens the documents are</param>
/// <param name="seed">of the places</param>
/// <param name="published">whether the last place is never drawn, as in the published code</param>
public sealed class FragmentSampler(Tokenizer tokenizer, ulong seed, bool published = false)
{
    private readonly Dictionary<int, string> _texts = [];

    /// <summary>The documents passed over so far.</summary>
    public PassedOverDocuments PassedOver { get; private set; } = new(0, 0, 0);

    /// <summary>The fragments of the first documents that have one.</summary>
    /// <param name="documents">from the first of the text</param>
    /// <param name="count">fragments; fewer where the text ends before</param>
    /// <exception cref="InvalidDataException">No document has one.</exception>
    public IReadOnlyList<TextFragment> Sample(IEnumerable<DocumentTokens> documents, int count)
    {
        var fragments = new List<TextFragment>(count);
        foreach (var (index, document) in documents.Index())
        {
            if (Draw(index, document) is { } fragment)
            {
                fragments.Add(fragment);
            }

            if (fragments.Count == count)
            {
                break;
            }
        }

        return fragments.Count > 0 ? fragments : throw new InvalidDataException(
            $"No document of the text has a fragment of {TextFragment.Length} tokens ({PassedOver.TooShort} are shorter); give longer documents.");
    }

    private TextFragment? Draw(int index, DocumentTokens document)
    {
        int places = document.Ids.Length - TextFragment.Length + (published ? 0 : 1);
        if (places < 1)
        {
            PassedOver = PassedOver with { TooShort = PassedOver.TooShort + 1 };
            return null;
        }

        int start = new Philox(seed, "fragment places", (ulong)index).NextInt32(places);
        int[] ids = document.Ids[start..(start + TextFragment.Length)];
        string[] texts = [.. ids.Select(TextOf)];
        if (ids.Any(tokenizer.IsSpecial))
        {
            PassedOver = PassedOver with { SpecialTokens = PassedOver.SpecialTokens + 1 };
            return null;
        }

        if (texts.Any(text => text.Contains('\uFFFD')))
        {
            PassedOver = PassedOver with { PartialCharacters = PassedOver.PartialCharacters + 1 };
            return null;
        }

        return new TextFragment(index, start, ids, texts, document.Concepts?[start..(start + TextFragment.Length)]);
    }

    private string TextOf(int id) => _texts.TryGetValue(id, out string? known) ? known : _texts[id] = tokenizer.Decode([id]);
}

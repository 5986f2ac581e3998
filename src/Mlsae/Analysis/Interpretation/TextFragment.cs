using System.Text;
using Mlsae.Text;
using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis.Interpretation;

/// <summary>64 tokens of a document in a row: all that explainers and simulators see of a text.</summary>
/// <param name="Document">which document of the text, from 0</param>
/// <param name="Start">which of the document's tokens is the fragment's first, from 0</param>
/// <param name="TokenIds">[64]</param>
/// <param name="Texts">[64] the text of each token, whole characters</param>
/// <param name="Concepts">[64] what is true of each token in its document; null where that is not known</param>
public sealed record TextFragment(long Document, int Start, int[] TokenIds, string[] Texts, ConceptSet[]? Concepts)
{
    /// <summary>Tokens of a fragment, as published.</summary>
    public const int Length = 64;

    /// <summary>[64] The tokens as they are shown in figures and rules: one line each, spaces as ·.</summary>
    public IReadOnlyList<string> Shown { get; } = [.. Texts.Select(text => TokenDisplay.Show(Encoding.UTF8.GetBytes(text)))];
}

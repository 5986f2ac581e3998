namespace Mlsae.Text.Microworlds;

/// <summary>A document, and which concepts are true at each of its characters.</summary>
public sealed class AnnotatedDocument
{
    private readonly Lazy<UInt128[]> _sets;

    /// <summary>A document of <paramref name="text"/> with <paramref name="spans"/>, which may overlap and repeat.</summary>
    /// <exception cref="ArgumentException">A span does not lie within the text.</exception>
    public AnnotatedDocument(string text, IReadOnlyList<ConceptSpan> spans)
    {
        foreach (var span in spans)
        {
            Numerics.Require.Within(span.Start, span.End - span.Start, text.Length);
        }

        Text = text;
        Spans = spans;
        _sets = new Lazy<UInt128[]>(Paint);
    }

    /// <summary>The document's text.</summary>
    public string Text { get; }

    /// <summary>Where concepts are true.</summary>
    public IReadOnlyList<ConceptSpan> Spans { get; }

    /// <summary>The concepts that are true at a character.</summary>
    /// <param name="character">its place in <see cref="Text"/>, in UTF-16 units</param>
    public ConceptSet At(int character) => new(_sets.Value[character]);

    private UInt128[] Paint()
    {
        var sets = new UInt128[Text.Length];
        foreach (var span in Spans)
        {
            var bit = UInt128.One << span.Concept.Id;
            for (int i = span.Start; i < span.End; i++)
            {
                sets[i] |= bit;
            }
        }

        return sets;
    }
}

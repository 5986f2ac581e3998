namespace Mlsae.Text.Microworlds;

/// <summary>
/// A text with slots: <c>[slot]</c> is filled by a <see cref="Scene"/>, and <c>{concept|text}</c> puts a concept on the text within, which may hold slots.
/// </summary>
internal sealed class Template
{
    private readonly List<Part> _parts = [];

    /// <summary>Reads a template. The writers' own texts are the only input, so a wrong one is a bug and throws when its class is first used.</summary>
    public Template(string text)
    {
        Text = text;
        int literal = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('[' or '{' or '}'))
            {
                continue;
            }

            Add(PartKind.Literal, text[literal..i]);
            int end = text[i] switch { '[' => text.IndexOf(']', i), '{' => text.IndexOf('|', i), _ => i };
            Add(text[i] switch { '[' => PartKind.Slot, '{' => PartKind.Open, _ => PartKind.Close }, end > i ? text[(i + 1)..end] : "");
            i = end;
            literal = end + 1;
        }

        Add(PartKind.Literal, text[literal..]);
    }

    private enum PartKind
    {
        Literal,
        Slot,
        Open,
        Close,
    }

    /// <summary>The template as it was written.</summary>
    public string Text { get; }

    /// <summary>Templates of several texts.</summary>
    public static Template[] All(params string[] texts) => [.. texts.Select(text => new Template(text))];

    /// <summary>Writes the template as prose with the slots filled by <paramref name="scene"/>.</summary>
    public void Write(DocumentBuilder builder, Scene scene)
    {
        foreach (var part in _parts)
        {
            switch (part.Kind)
            {
                case PartKind.Literal:
                    builder.Prose(part.Text);
                    break;
                case PartKind.Slot:
                    scene.Fill(part.Text);
                    break;
                case PartKind.Open:
                    builder.Open(part.Concept!);
                    break;
                default:
                    builder.Close();
                    break;
            }
        }
    }

    private void Add(PartKind kind, string text)
    {
        if (text.Length > 0 || kind == PartKind.Close)
        {
            _parts.Add(new Part(kind, text, kind == PartKind.Open ? Concepts.Find(text) : null));
        }
    }

    private readonly record struct Part(PartKind Kind, string Text, Concept? Concept);
}

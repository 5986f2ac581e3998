using Mlsae.Numerics;
using Mlsae.Text.Microworlds.Words;

namespace Mlsae.Text.Microworlds;

/// <summary>The beginning of an indirect-object sentence, up to and with the 'to' or 'for' that the indirect object's name follows.</summary>
/// <param name="Text">the prompt; it does not end in a blank</param>
/// <param name="IndirectObject">the name that follows, without the blank before it</param>
/// <param name="Subject">the name that the prompt repeats, without the blank before it</param>
/// <param name="Template">which template it was made from</param>
public sealed record IndirectObjectPrompt(string Text, string IndirectObject, string Subject, int Template);

/// <summary>
/// Sentences of the indirect-object task of Wang et al. (2022), "Interpretability in the wild": two people are named, one is named again as the giver, and the
/// sentence goes on with the other. One in eight combinations of a pair of names and a template is held out: no document ever holds it.
/// </summary>
public static class IndirectObjectSentences
{
    private const int HeldOutOneIn = 8;

    /// <summary>The templates, with their slots: <c>[a]</c> and <c>[b]</c> are introduced, <c>[s]</c> gives to <c>[io]</c>.</summary>
    public static IReadOnlyList<string> Templates => IndirectObjectTemplates.Texts;

    /// <summary>The given names, without the blank before them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. NameWords.People.Select(p => p.Name)];

    /// <summary>Whether sentences of these two people, in either order, from this template are held out.</summary>
    public static bool IsHeldOut(string name, string otherName, int template)
    {
        bool ordered = string.CompareOrdinal(name, otherName) < 0;
        string pair = ordered ? $"held out {name} {otherName}" : $"held out {otherName} {name}";
        return new Philox(0, pair, (ulong)template).NextInt32(HeldOutOneIn) == 0;
    }

    /// <summary>Prompts from held-out combinations alone, each name order and each template about equally often.</summary>
    public static IReadOnlyList<IndirectObjectPrompt> HeldOut(ulong seed, int count)
    {
        var prompts = new IndirectObjectPrompt[count];
        Workers.For(count, i => prompts[i] = HeldOutPrompt(new DocumentBuilder(new Philox(seed, "held-out indirect objects", (ulong)i))));
        return prompts;
    }

    /// <summary>Writes a sentence of the scene's first two people from a template that is not held out for them.</summary>
    internal static void Write(DocumentBuilder builder, Scene scene)
    {
        int template = DrawTemplate(builder, scene);
        scene.DrawRoles();
        IndirectObjectTemplates.Annotated[template].Write(builder, scene);
    }

    private static IndirectObjectPrompt HeldOutPrompt(DocumentBuilder builder)
    {
        while (true)
        {
            var scene = new Scene(builder);
            int template = builder.Between(0, Templates.Count - 1);
            if (!IsHeldOut(scene.A.Name, scene.B.Name, template))
            {
                continue;
            }

            scene.DrawRoles();
            IndirectObjectTemplates.Annotated[template].Write(builder, scene);
            var document = builder.Build();
            int end = document.Spans.First(s => s.Concept == Concepts.IoiPreposition).End;
            return new IndirectObjectPrompt(document.Text[..end], scene.IndirectObject.Name, scene.Subject.Name, template);
        }
    }

    private static int DrawTemplate(DocumentBuilder builder, Scene scene)
    {
        while (true)
        {
            int template = builder.Between(0, Templates.Count - 1);
            if (!IsHeldOut(scene.A.Name, scene.B.Name, template))
            {
                return template;
            }
        }
    }
}

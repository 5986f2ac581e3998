namespace Mlsae.Text.Microworlds;

/// <summary>
/// The sentences in which one of two people gives something to the other. <c>a</c> and <c>b</c> are introduced, in this order; <c>s</c>, one of them,
/// gives; <c>io</c>, the other, is given to, and is named right after 'to' or 'for'.
/// </summary>
internal static class IndirectObjectTemplates
{
    public static readonly string[] Texts =
    [
        "When [a] and [b] went to the [place], [s] gave a [object] to [io].",
        "After [a] and [b] came to the [place], [s] handed a [object] to [io].",
        "Then, [a] and [b] sat down at the [place]. [s] passed the [object] to [io].",
        "While [a] and [b] were working at the [place], [s] gave the [object] to [io].",
        "Yesterday, [a] and [b] met at the [place], and [s] brought a [object] for [io].",
        "Then, [a] and [b] had a long talk. After that, [s] offered the [object] to [io].",
        "When [a] and [b] found a [object] at the [place], [s] decided to give it to [io].",
        "On the way to the [place], [a] and [b] stopped, and [s] bought a [object] for [io].",
        "As soon as [a] and [b] got to the [place], [s] gave the [object] back to [io].",
        "Last week, [a] and [b] visited the [place], where [s] showed a [object] to [io].",
        "In the [daytime], [a] and [b] walked by the [place]. There, [s] sold a [object] to [io].",
        "Then, [a] and [b] argued for an hour, and at last [s] returned the [object] to [io].",
        "Before [a] and [b] left the [place], [s] threw the [object] to [io].",
        "One [weekday], [a] and [b] cleaned the [place], and [s] carried a [object] to [io].",
        "Because [a] and [b] were friends, [s] lent a [object] to [io].",
        "Today [a] and [b] opened the [place] together. Later, [s] wrote a letter to [io].",
        "The [place] was empty when [a] and [b] arrived. So [s] told a story to [io].",
        "Every [weekday], [a] and [b] meet at the [place], and [s] reads a book to [io].",
        "Once, [a] and [b] lived near the [place]. Each day [s] sent a [object] to [io].",
        "Although [a] and [b] were tired, [s] still made dinner for [io].",
        "At the [place], [a] and [b] were hungry, so [s] gave some [food] to [io].",
        "During the trip, [a] and [b] lost the [object], but [s] found another one for [io].",
        "After lunch, [a] and [b] played at the [place], and [s] pushed the [object] over to [io].",
        "Since [a] and [b] had no money, [s] painted a [object] for [io].",
        "That [daytime], [a] and [b] were alone at the [place], and [s] sang a song for [io].",
        "While [a] and [b] waited for the [vehicle], [s] gave a [colour] [object] to [io].",
        "When [a] and [b] got a [object] at the [place], [s] wanted to give it to [io].",
        "Soon [a] and [b] were at the [place] again, and [s] explained everything to [io].",
        "If [a] and [b] go to the [place], [s] will give the [object] to [io].",
        "For a moment, [a] and [b] looked at the [animal]. Then [s] described it to [io].",
    ];

    /// <summary>Each template with the concepts of its parts.</summary>
    public static readonly Template[] Annotated = Template.All([.. Texts.Select(Annotate)]);

    private static string Annotate(string text)
    {
        string annotated = text
            .Replace("[a]", "{ioi.first-name|[a]}")
            .Replace("[b]", "{ioi.second-name|[b]}")
            .Replace("[s]", "{name.subject|[s]}")
            .Replace(" to [io]", " {ioi.preposition|to} {name.indirect-object|[io]}")
            .Replace(" for [io]", " {ioi.preposition|for} {name.indirect-object|[io]}");
        return "{ioi.sentence|" + annotated + "}";
    }
}

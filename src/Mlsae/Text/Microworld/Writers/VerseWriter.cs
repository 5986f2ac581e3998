namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Couplets: the second line of each ends in a rhyme on the first.</summary>
internal static class VerseWriter
{
    private static readonly string[][] Rhymes =
    [
        ["sea", "tree", "bee", "key"], ["hill", "mill", "till", "windowsill"], ["rain", "train", "lane", "grain"], ["town", "crown", "gown", "clown"],
        ["boat", "coat", "goat", "note"], ["house", "mouse", "blouse", "louse"], ["night", "kite", "knight", "light"], ["sand", "hand", "land", "band"],
    ];

    private static readonly Template[] First = Template.All("I saw a [animal] near the ", "The [weather] [daytime] found the ", "We sang about the little ", "A [profession] once drew the ");

    private static readonly Template[] Second = Template.All("and nobody would touch the ", "but never did I see a ", "and in my hand I held a ", "while [a] was dreaming of a ");

    public static void Write(DocumentBuilder builder)
    {
        int couplets = builder.Between(2, 3);
        using (builder.Within(Concepts.Verse))
        {
            for (int i = 0; i < couplets; i++)
            {
                builder.Prose(i > 0 ? "\n" : "");
                Couplet(builder);
            }
        }
    }

    private static void Couplet(DocumentBuilder builder)
    {
        var scene = new Scene(builder);
        string[] rhyme = builder.Pick(Rhymes);
        int first = builder.Between(0, rhyme.Length - 1), second = (first + builder.Between(1, rhyme.Length - 1)) % rhyme.Length;
        builder.Pick(First).Write(builder, scene);
        builder.Prose(rhyme[first]);
        builder.Write(",\n");
        builder.Pick(Second).Write(builder, scene);
        builder.Prose(rhyme[second], Concepts.VerseRhyme);
        builder.Prose(".");
    }
}

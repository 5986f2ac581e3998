namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Letters and diary entries: dates, the first person, contractions.</summary>
internal static class LetterWriter
{
    private static readonly Template[] Headings = Template.All(
        "[weekday], [day] [month] [year]\n",
        "[city], [day] [month] [year]\n",
        "[month] [day], [year]\n");

    private static readonly Template[] Greetings = Template.All("Dear [a],\n", "Hello [a],\n", "My dear [a],\n");

    private static readonly Template[] Sentences = Template.All(
        "I'm writing to you from [city].",
        "We've had [weather] days since [weekday].",
        "I haven't seen your [relation] yet.",
        "Our [animal] didn't eat its [food] this [daytime].",
        "They're building a [place] near our house, and I don't like them.",
        "I'd like to come in [month], if you don't mind.",
        "You're always welcome here.",
        "On [weekday*] we're going to the [place*] by [vehicle].",
        "I've bought a [colour] [object], but it wasn't cheap: I paid [price].",
        "My [relation*] says it'll be [weather*] until [weekday*].",
        "The [vehicle*] left at [clock] and arrived at [clock].",
        "I was [emotion] because nobody wrote to me.",
        "He's [age] now and still plays the [instrument].",
        "She's a [profession] and lives in [city*].",
        "We won't forget the [season] of [year].",
        "They say that this [season] will be [weather*], and we believe them.",
        "It was our [ordinal] [season] in [city*] without a [animal].");

    private static readonly Template[] Closings = Template.All("\nYours,\n[b] [surname]", "\nWith love,\n[b]", "\nBest wishes,\n[b] [surname]");

    public static void Write(DocumentBuilder builder)
    {
        var scene = new Scene(builder);
        bool diary = builder.Chance(40);
        using (builder.Within(Concepts.Letter))
        {
            builder.Pick(Headings).Write(builder, scene);
            builder.StartSentence();
            if (!diary)
            {
                builder.Pick(Greetings).Write(builder, scene);
            }

            string link = "";
            foreach (var sentence in builder.PickDistinct(Sentences, builder.Between(2, 3)))
            {
                builder.Write(link);
                sentence.Write(builder, scene);
                link = " ";
            }

            if (!diary)
            {
                builder.Pick(Closings).Write(builder, scene);
            }
        }
    }
}

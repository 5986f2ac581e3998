namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Questions and answers in quotation marks, with who speaks.</summary>
internal static class DialogueWriter
{
    private static readonly (Template Question, Template Answer)[] Exchanges =
    [
        Exchange("Where is my [object]?", "It's at the [place], near the [plant]."),
        Exchange("Did you feed the [animal]?", "Yes, I gave it some [food]."),
        Exchange("What will we eat tonight?", "We'll have [food] with [food*]."),
        Exchange("When does the [vehicle] leave?", "It leaves at [clock], if it isn't late."),
        Exchange("How much is the [object]?", "It's [price], but you can have it for [price]."),
        Exchange("Who painted the door [colour]?", "My [relation] did. I'd never choose [colour]."),
        Exchange("Why are you so [emotion]?", "Because my [relation] said {quote.nested|'no'} to me."),
        Exchange("Are you going to [city]?", "No, I'm going to [city*] with my [relation]."),
        Exchange("Can you play the [instrument]?", "I can't, but my [relation] can."),
        Exchange("What did the sign say?", "It said {quote.nested|'Closed in [month]'} in [colour] letters."),
        Exchange("Is it [weather] in [city]?", "It isn't [weather]. It's [weather*]."),
        Exchange("What would you like to be?", "I'd like to be a [profession] or a [profession*]."),
    ];

    private static readonly string[] AskingVerbs = ["asked", "whispered", "said"];

    private static readonly string[] AnsweringVerbs = ["said", "replied", "answered", "shouted"];

    public static void Write(DocumentBuilder builder)
    {
        var speakers = new Scene(builder);
        string link = "";
        foreach (var (question, answer) in builder.PickDistinct(Exchanges, builder.Between(1, 2)))
        {
            var scene = new Scene(builder);
            builder.Write(link);
            link = " ";
            Quote(builder, scene, question);
            builder.Prose($" {builder.Pick(AskingVerbs)} ");
            Speaker(builder, speakers, "a");
            builder.Prose(". ");
            Speaker(builder, speakers, "b");
            builder.Prose($" {builder.Pick(AnsweringVerbs)}, ");
            Quote(builder, scene, answer);
        }
    }

    private static (Template Question, Template Answer) Exchange(string question, string answer) =>
        (new Template("{sentence.question|" + question + "}"), new Template(answer));

    private static void Quote(DocumentBuilder builder, Scene scene, Template inside)
    {
        builder.StartSentence();
        builder.Write("\"", Concepts.QuoteOpen);
        using (builder.Within(Concepts.QuoteInside))
        {
            inside.Write(builder, scene);
        }

        builder.Write("\"", Concepts.QuoteClose);
    }

    private static void Speaker(DocumentBuilder builder, Scene speakers, string slot)
    {
        using (builder.Within(Concepts.NameSpeaker))
        {
            speakers.Fill(slot);
        }
    }
}

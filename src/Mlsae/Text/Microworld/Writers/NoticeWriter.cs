namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Public notices: capital letters, percentages, opening hours, dates.</summary>
internal static class NoticeWriter
{
    private static readonly Template[] Shouts = Template.All("{uppercase|NO PARKING}", "{uppercase|ROAD CLOSED}", "{uppercase|GRAND OPENING}", "{uppercase|DO NOT FEED THE ANIMALS}",
        "{uppercase|LOST AND FOUND}", "{uppercase|BIG SALE TODAY}", "{uppercase|PLEASE READ THIS}");

    private static readonly Template[] Sentences = Template.All(
        " All [food] is [percent]% cheaper until [weekday].",
        " The [place] opens at [clock] and closes at [clock].",
        " Only [percent]% of the tickets are left.",
        " We're closed from [day] [month] to [day] [month*].",
        " If you see a [colour] [animal], please call the [profession].",
        " They say that [percent]% of the [ordinal] [vehicle] to [city] is empty.",
        " Nobody older than [age] pays on [weekday*].",
        " More than [percent]% of the visitors come by [vehicle].");

    public static void Write(DocumentBuilder builder)
    {
        var scene = new Scene(builder);
        builder.Pick(Shouts).Write(builder, scene);
        builder.Prose("!");
        foreach (var sentence in builder.PickDistinct(Sentences, builder.Between(1, 3)))
        {
            sentence.Write(builder, scene);
        }
    }
}

namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Short stories of two people, whose last sentences need to know which of the two was not just named.</summary>
internal static class StoryWriter
{
    private static readonly Template[] Openings = Template.All(
        "On a [weather] [weekday] [daytime], [a] walked to the [place] with a [animal].",
        "[a], aged [age], lived near the [place] in [city], where [a.she] worked as a [profession].",
        "In the [season] of [year], [a] moved to [city] and became a [profession].",
        "[a] was a [emotion] [profession] who owned a [colour] [vehicle].",
        "Last [month], [a] and [a.hers] [relation] rented a small house in [city].",
        "It was a [weather] day in [city], and [a] was looking for [a.hers] [object].",
        "[a]'s [relation] had a [colour] [animal] that slept under the [plant].",
        "When [a] was [age] years old, [a.she] found a [object] behind the [place].",
        "There was once a [profession] in [city] whose name was [a].",
        "Early in the [daytime], [a] took the [vehicle] to [city] to sell [a.hers] [instrument].");

    private static readonly Template[] Middles = Template.All(
        " [a.She] wanted to buy a [object*], but the [place] was closed.",
        " [a.She] didn't see the [animal*] under the [plant].",
        " The [relation*]'s [animal*] was hungry, so [a.she] gave it some [food].",
        " Nobody knew that [a.she] could play the [instrument].",
        " [a.She] had [number*] [colour*] pencils and a [object*] in [a.hers] [relation*]'s bag.",
        " It was [weather*], and the [vehicle*] was late again.",
        " [a.Hers] [relation*] had never been so [emotion*].",
        " Every [daytime*] [a.she] ate [food*] with [food*] and went for a walk.",
        " [a.She] couldn't sleep because of the noise from the [place*].",
        " The [object*] cost [price], which was too much for [a.her].");

    private static readonly Template[] Meetings = Template.All(
        " There [a.she] met [b], a [profession*] from [city*], who was [age].",
        " On the bridge [a.she] saw [b], who was carrying a [object].",
        " Then [b] came by with a [animal*] and a [object].",
        " [a.Hers] friend [b] arrived at [clock] with some [food*].",
        " Later [b], the [profession*]'s cousin, knocked at [a]'s door.");

    private static readonly Template[] Endings = Template.All(
        " [a] and [b] talked about the [object]. In the end [s] sold it to [io].",
        " [a] and [b] shared the [food]. [s] gave the bigger piece to [io].",
        " When [a] told [b] the news, [s] was [emotion], and [io] was glad for [s.her].",
        " [a] and [b] sat under the [plant] until [s] read a poem to [io].",
        " [a] and [b] became friends. Years later, [s] still sent letters to [io].",
        " [s] waved, and [io] waved back. [a] and [b] never met again.",
        " [a] helped [b] with the [instrument], and both of them were [emotion].",
        " [s] looked at [io] and laughed. [io.She] laughed with [s.her].");

    public static void Write(DocumentBuilder builder)
    {
        var scene = new Scene(builder);
        builder.Pick(Openings).Write(builder, scene);
        foreach (var middle in builder.PickDistinct(Middles, builder.Between(0, 2)))
        {
            middle.Write(builder, scene);
        }

        if (builder.Chance(70))
        {
            builder.Pick(Meetings).Write(builder, scene);
            scene.DrawRoles();
            builder.Pick(Endings).Write(builder, scene);
        }
    }
}

using System.Globalization;

namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Lists with bullets or numbers under a heading.</summary>
internal static class ListWriter
{
    private static readonly Template[] Headings = Template.All("{heading|To buy}", "{heading|Things to do in [city]}", "{heading|For the trip to the [place]}",
        "{heading|Plans for [weekday]}", "{heading|What [a] needs}");

    private static readonly Template[] Items = Template.All("[number*] [colour*] candles", "a [object*] for the [place*]", "some [food*] and [food*]",
        "feed the [animal*]", "call the [profession*]", "visit [city*] in [month*]", "a ticket for [price]", "the [ordinal*] [vehicle*] on [weekday*]",
        "learn to play the [instrument*]", "meet [b] at [clock]");

    public static void Write(DocumentBuilder builder)
    {
        var scene = new Scene(builder);
        bool numbered = builder.Chance(45);
        string bullet = builder.Chance(60) ? "-" : "*";
        builder.Pick(Headings).Write(builder, scene);
        builder.Write(":");
        int number = 1;
        foreach (var item in builder.PickDistinct(Items, builder.Between(3, 6)))
        {
            builder.Write("\n");
            if (numbered)
            {
                builder.Write(number++.ToString(CultureInfo.InvariantCulture) + ".", Concepts.ListNumber);
            }
            else
            {
                builder.Write(bullet, Concepts.ListBullet);
            }

            builder.Write(" ");
            using (builder.Within(Concepts.ListItem))
            {
                item.Write(builder, scene);
            }
        }
    }
}

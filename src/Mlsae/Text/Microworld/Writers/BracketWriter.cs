namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Nested brackets of every shape, correctly closed, and remarks in brackets within prose.</summary>
internal static class BracketWriter
{
    private static readonly string[] Pairs = ["()", "[]", "{}"];

    private static readonly Template[] Asides = Template.All(
        "The [profession] ({bracket.aside|a [relation] of mine}) lives in [city] ({bracket.aside|near the [place]}).",
        "We saw a [animal] ({bracket.aside|or was it a [animal*] (it was [colour])}) under the [plant].",
        "The [place] ({bracket.aside|built in [year]}) is closed on [weekday] ({bracket.aside|but not in [month]}).",
        "Bring some [food] ({bracket.aside|not [food*] (it's too old)}) and a [object].");

    public static void Write(DocumentBuilder builder)
    {
        if (builder.Chance(50))
        {
            builder.Pick(Asides).Write(builder, new Scene(builder));
            return;
        }

        int groups = builder.Between(2, 4);
        for (int i = 0; i < groups; i++)
        {
            builder.Write(i > 0 ? " " : "");
            Group(builder, 1);
        }
    }

    private static void Group(DocumentBuilder builder, int depth)
    {
        string pair = builder.Pick(Pairs);
        builder.Write(pair[..1]);
        int items = builder.Between(1, 3);
        for (int i = 0; i < items; i++)
        {
            builder.Write(i > 0 ? " " : "");
            if (depth < 3 && builder.Chance(45))
            {
                Group(builder, depth + 1);
            }
            else
            {
                builder.Write(((char)('a' + builder.Between(0, 7))).ToString());
            }
        }

        builder.Write(pair[1..]);
    }
}

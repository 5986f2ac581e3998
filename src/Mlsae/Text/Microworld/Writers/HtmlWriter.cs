namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Well-formed pieces of web pages.</summary>
internal static class HtmlWriter
{
    private static readonly string[] Classes = ["main", "note", "menu", "small", "title", "card"];

    private static readonly Template[] Texts = Template.All("The [place] in [city]", "[a] [surname]", "A [colour] [object]", "Open on [weekday]", "Only [price]",
        "Read more", "Our [food*] and [food*]", "News from [month]");

    public static void Write(DocumentBuilder builder)
    {
        var scene = new Scene(builder);
        using (builder.Within(Concepts.Html))
        {
            Open(builder, "div", "class", builder.Pick(Classes));
            Element(builder, scene, builder.Chance(50) ? "h1" : "h2");
            int count = builder.Between(1, 2);
            for (int i = 0; i < count; i++)
            {
                if (builder.Chance(40))
                {
                    Items(builder, scene);
                }
                else
                {
                    Element(builder, scene, builder.Chance(60) ? "p" : "a");
                }
            }

            builder.Write("</div>", Concepts.HtmlClosingTag);
        }
    }

    private static void Items(DocumentBuilder builder, Scene scene)
    {
        Open(builder, "ul", null, "");
        int count = builder.Between(1, 2);
        for (int i = 0; i < count; i++)
        {
            Element(builder, scene, "li");
        }

        Close(builder, "ul");
    }

    private static void Element(DocumentBuilder builder, Scene scene, string tag)
    {
        string? attribute = tag == "a" ? "href" : builder.Chance(30) ? "class" : null;
        Open(builder, tag, attribute, attribute == "href" ? $"/{builder.Pick(Classes)}.html" : builder.Pick(Classes));
        builder.StartSentence();
        using (builder.Within(Concepts.HtmlText))
        {
            builder.Pick(Texts).Write(builder, scene);
        }

        Close(builder, tag);
    }

    private static void Open(DocumentBuilder builder, string tag, string? attribute, string value)
    {
        builder.Write($"<{tag}", Concepts.HtmlTag);
        if (attribute is not null)
        {
            builder.Write(" ");
            builder.Write(attribute, Concepts.HtmlAttribute);
            builder.Write($"=\"{value}\"");
        }

        builder.Write(tag is "div" or "ul" ? ">\n" : ">", Concepts.HtmlTag);
    }

    private static void Close(DocumentBuilder builder, string tag) => builder.Write($"</{tag}>\n", Concepts.HtmlClosingTag);
}

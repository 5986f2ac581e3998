namespace Mlsae.Text.Microworlds.Writers;

/// <summary>How to reach someone: e-mail, telephone, web address.</summary>
internal static class ContactWriter
{
    private static readonly string[] Ends = ["com", "org", "net"];

    private static readonly Template[] Introductions = Template.All("[a] [surname], [profession]", "Contact: [a] [surname]", "The [place] of [city]");

    public static void Write(DocumentBuilder builder)
    {
        var scene = new Scene(builder);
        string host = $"{scene.Word("city").ToLowerInvariant()}.{builder.Pick(Ends)}";
        builder.Pick(Introductions).Write(builder, scene);
        builder.Prose("\nEmail: ");
        builder.Write($"{scene.A.Name.ToLowerInvariant()}@{host}", Concepts.Email);
        if (builder.Chance(70))
        {
            builder.Prose("\nPhone: ");
            builder.Write($"555-{builder.Between(100, 999)}-{builder.Between(10, 99)}", Concepts.DigitPhone);
        }

        builder.Prose("\nWeb: ");
        builder.Write($"https://www.{host}/{scene.Word("place")}", Concepts.Url);
    }
}

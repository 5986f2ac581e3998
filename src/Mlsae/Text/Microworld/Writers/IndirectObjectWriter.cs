namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Indirect-object sentences, sometimes with what came of them.</summary>
internal static class IndirectObjectWriter
{
    private static readonly Template[] FollowUps = Template.All(
        " [io] thanked [s] and smiled.",
        " [io] was very [emotion], and so was [s].",
        " [io.She] hadn't expected it.",
        " It was [s]'s idea, but [io] liked it.",
        " That made [io]'s day.",
        " [s] said that it was nothing, but [io] didn't believe [s.her].",
        " In return, [io] cooked some [food] for [s].");

    public static void Write(DocumentBuilder builder)
    {
        int sentences = builder.Between(1, 3);
        for (int i = 0; i < sentences; i++)
        {
            if (i > 0)
            {
                builder.Write(" ");
            }

            var scene = new Scene(builder);
            IndirectObjectSentences.Write(builder, scene);
            if (builder.Chance(30))
            {
                builder.Pick(FollowUps).Write(builder, scene);
            }
        }
    }
}

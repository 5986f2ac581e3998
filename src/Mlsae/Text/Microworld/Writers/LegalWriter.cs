using Mlsae.Text.Microworlds.Words;

namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Sentences of court decisions with citations.</summary>
internal static class LegalWriter
{
    private static readonly string[] Reporters = ["C.L.R.", "N.P. 2d", "T.C.", "F. Rep.", "W.B. 3d"];

    private static readonly Template[] Before = Template.All(
        "The court held that the [profession] owned the [vehicle].",
        "The contract was not valid without a witness.",
        "Every [relation] must be told within [number] days.",
        "The owner of a [animal] is liable for the damage.",
        "The sale of the [place] was void.");

    private static readonly Template[] After = Template.All(
        " The judge did not agree.",
        " The appeal was rejected in [month] [year].",
        " The fine was [price].",
        " The owner had to pay [percent]% of the damage.",
        " Nobody could prove it.");

    public static void Write(DocumentBuilder builder)
    {
        var scene = new Scene(builder);
        builder.Pick(Before).Write(builder, scene);
        builder.Write(" See ");
        using (builder.Within(Concepts.Citation))
        {
            Citation(builder);
        }

        builder.Prose(".");
        builder.Pick(After).Write(builder, scene);
    }

    private static void Citation(DocumentBuilder builder)
    {
        if (builder.Chance(50))
        {
            builder.Write("City Code ");
            builder.Write($"§ {builder.Between(1, 99)}", Concepts.CitationSection);
            builder.Write($"({builder.Pick(["a", "b", "c"])})");
            return;
        }

        builder.Write($"{builder.Pick(NameWords.Surnames)} v. {builder.Pick(NameWords.Surnames)}", Concepts.CitationParty);
        builder.Write($", {builder.Between(1, 99)} ");
        builder.Write(builder.Pick(Reporters), Concepts.CitationReporter);
        builder.Write($" {builder.Between(10, 999)} (");
        builder.Write($"{builder.Between(1950, 2029)}", Concepts.DigitYear);
        builder.Write(")");
    }
}

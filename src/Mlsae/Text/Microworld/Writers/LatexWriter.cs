namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Mathematics in LaTeX.</summary>
internal static class LatexWriter
{
    private static readonly string[] Letters = ["x", "y", "z", "a", "b", "n"];

    private static readonly string[] Openings = ["Let ", "It follows that ", "We know that ", "Suppose that "];

    public static void Write(DocumentBuilder builder)
    {
        int count = builder.Between(2, 3);
        for (int i = 0; i < count; i++)
        {
            builder.StartSentence();
            builder.Prose(i > 0 ? " " : "");
            builder.Prose(builder.Pick(Openings));
            builder.Write(Formula(builder), Concepts.Latex);
            builder.Prose(".");
        }
    }

    private static string Formula(DocumentBuilder builder)
    {
        string x = builder.Pick(Letters), y = builder.Pick(Letters);
        int n = builder.Between(2, 9);
        return builder.Between(0, 4) switch
        {
            0 => $@"$\frac{{{x}}}{{{n}}} = {y}^{{2}}$",
            1 => $@"${x} \leq \sqrt{{{y} + {n}}}$",
            2 => $@"$\sum_{{i=1}}^{{{n}}} {x}_{{i}} = {y}$",
            3 => $@"${x} \in \{{1, {n}\}}$",
            _ => $@"${n}{x} + {y} = 0$",
        };
    }
}

using Mlsae.Text.Microworlds.Words;

namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Lines in other scripts and languages. The words follow each other in the list's order more often than not, so that they can be learned.</summary>
internal static class ForeignWriter
{
    public static void WriteScripts(DocumentBuilder builder) => Two(builder, ForeignWords.Scripts);

    public static void WriteLanguages(DocumentBuilder builder) => Two(builder, ForeignWords.Languages);

    private static void Two(DocumentBuilder builder, WordList[] lists)
    {
        int first = builder.Between(0, lists.Length - 1), second = builder.Between(0, lists.Length - 1);
        Lines(builder, lists[first], builder.Between(5, 10));
        if (second != first)
        {
            builder.Write("\n");
            Lines(builder, lists[second], builder.Between(5, 10));
        }
    }

    private static void Lines(DocumentBuilder builder, WordList language, int count)
    {
        int word = builder.Between(0, language.Words.Length - 1);
        using (builder.Within(language.Concept))
        {
            for (int i = 0; i < count; i++)
            {
                builder.Write(i > 0 ? " " : "");
                builder.Write(language.Words[word]);
                word = (word + (builder.Chance(70) ? 1 : builder.Between(2, language.Words.Length - 1))) % language.Words.Length;
            }

            builder.Write(".");
        }
    }
}

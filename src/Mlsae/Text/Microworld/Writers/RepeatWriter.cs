namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Made-up words that come again in the same order: what can only be foretold by looking back.</summary>
internal static class RepeatWriter
{
    private static readonly string[] Syllables = ["ba", "ko", "ti", "mu", "sef", "la", "ro", "zin", "du", "pe", "gal", "vo"];

    public static void Write(DocumentBuilder builder)
    {
        var words = new string[builder.Between(3, 6)];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = builder.Pick(Syllables) + builder.Pick(Syllables) + (builder.Chance(50) ? builder.Pick(Syllables) : "");
        }

        builder.Prose("The magic words are");
        Words(builder, words, Concepts.RepeatFirst);
        int times = builder.Between(1, 2);
        for (int i = 0; i < times; i++)
        {
            builder.Prose(i == 0 ? ". Say them again:" : ". Once more:");
            Words(builder, words, Concepts.RepeatAgain);
        }

        builder.Prose(".");
    }

    private static void Words(DocumentBuilder builder, string[] words, Concept concept)
    {
        foreach (string word in words)
        {
            builder.Write(" ");
            builder.Write(word, concept);
        }
    }
}

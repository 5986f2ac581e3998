using Mlsae.Numerics;
using Mlsae.Text.Microworlds.Writers;

namespace Mlsae.Text.Microworlds;

/// <summary>
/// A small world of text: an endless corpus of English-like documents of many kinds, in which every character carries the <see cref="Concepts"/> that are true there.
/// Any document of any seed can be had directly.
/// </summary>
public static class Microworld
{
    /// <summary>The seed of the documents that models and dictionaries are trained on.</summary>
    public const ulong TrainingSeed = 0;

    /// <summary>The seed of the documents that nothing is trained on.</summary>
    public const ulong HeldOutSeed = 1;

    private const int ShortestTarget = 150;
    private const int LongestTarget = 550;

    /// <summary>What documents are made of, and how often each comes, in percent of sections.</summary>
    private static readonly (int Share, Action<DocumentBuilder> Write)[] Kinds =
    [
        (20, IndirectObjectWriter.Write),
        (17, StoryWriter.Write),
        (7, DialogueWriter.Write),
        (7, LetterWriter.Write),
        (4, ShopWriter.Write),
        (4, ArithmeticWriter.Write),
        (3, BracketWriter.Write),
        (4, ListWriter.Write),
        (5, CodeWriter.Write),
        (3, HtmlWriter.Write),
        (3, JsonWriter.Write),
        (2, LogWriter.Write),
        (1, RandomDataWriter.WriteBase64),
        (1, RandomDataWriter.WriteDna),
        (3, LegalWriter.Write),
        (3, ForeignWriter.WriteScripts),
        (3, ForeignWriter.WriteLanguages),
        (2, RecipeWriter.Write),
        (1, ContactWriter.Write),
        (1, TableWriter.Write),
        (2, LatexWriter.Write),
        (1, RepeatWriter.Write),
        (1, VerseWriter.Write),
        (2, NoticeWriter.Write),
    ];

    /// <summary>Document <paramref name="index"/> of <paramref name="seed"/>: sections of one or several kinds, 150 to 900 characters.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative.</exception>
    public static AnnotatedDocument Document(ulong seed, long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        var builder = new DocumentBuilder(new Philox(seed, "microworld", (ulong)index));
        int target = builder.Between(ShortestTarget, LongestTarget);
        while (true)
        {
            Section(builder);
            if (builder.Length >= target)
            {
                return builder.Build();
            }

            builder.Write("\n\n");
        }
    }

    /// <summary>The texts of consecutive documents, made as they are asked for.</summary>
    /// <param name="seed">whose documents</param>
    /// <param name="start">index of the first</param>
    /// <param name="count">how many; without it, without end</param>
    public static IEnumerable<string> Documents(ulong seed, long start = 0, long count = long.MaxValue)
    {
        for (long i = 0; i < count; i++)
        {
            yield return Document(seed, start + i).Text;
        }
    }

    private static void Section(DocumentBuilder builder)
    {
        int draw = builder.Between(0, 99);
        foreach (var (share, write) in Kinds)
        {
            draw -= share;
            if (draw < 0)
            {
                write(builder);
                return;
            }
        }

        throw new InvalidOperationException("The shares of the kinds of sections do not add up to 100.");
    }
}

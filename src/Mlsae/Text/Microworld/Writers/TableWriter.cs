using System.Globalization;
using Mlsae.Text.Microworlds.Words;

namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Tables with bars between their cells.</summary>
internal static class TableWriter
{
    private static readonly string[] Columns = ["city", "animal", "food", "colour", "month", "weekday", "profession"];

    public static void Write(DocumentBuilder builder)
    {
        string first = builder.Pick(Columns), second = builder.Pick(Columns);
        Row(builder, Concepts.TableHeader, "name", first, second, "count");
        int rows = builder.Between(3, 5);
        for (int i = 0; i < rows; i++)
        {
            builder.Write("\n");
            Row(
                builder, Concepts.TableCell, builder.Pick(NameWords.People).Name, builder.Pick(WordLists.Find(first)!.Words),
                builder.Pick(WordLists.Find(second)!.Words), builder.Between(1, 50).ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void Row(DocumentBuilder builder, Concept concept, params string[] cells)
    {
        builder.Write("|");
        foreach (string cell in cells)
        {
            builder.Write(" ");
            builder.Write(cell, concept);
            builder.Write(" |");
        }
    }
}

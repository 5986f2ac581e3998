using System.Globalization;
using Mlsae.Text.Microworlds.Words;

namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Valid JSON: records of people and things, one object within another.</summary>
internal static class JsonWriter
{
    private static readonly string[] NumberKeys = ["id", "age", "count", "size", "year"];

    private static readonly string[] WordKeys = ["city", "colour", "animal", "food", "profession", "month"];

    private static readonly string[] FlagKeys = ["active", "open", "paid", "new"];

    private static readonly string[] Literals = ["true", "false", "null"];

    // Numbers of the fields: those of numbers, flags and words, then one list and, where there is depth left, two objects.
    private static readonly int[] InnerFields = [.. Enumerable.Range(0, NumberKeys.Length + FlagKeys.Length + WordKeys.Length + 1)];

    private static readonly int[] OuterFields = [.. Enumerable.Range(0, InnerFields.Length + 2)];

    public static void Write(DocumentBuilder builder)
    {
        using (builder.Within(Concepts.Json))
        {
            Object(builder, new Scene(builder), depth: 0);
        }
    }

    private static void Object(DocumentBuilder builder, Scene scene, int depth)
    {
        builder.Write("{");
        Key(builder, "name");
        String(builder, builder.Pick(NameWords.People).Name);
        foreach (int field in builder.PickDistinct(depth < 2 ? OuterFields : InnerFields, builder.Between(2, 4 - depth)))
        {
            builder.Write(", ");
            Field(builder, scene, field, depth);
        }

        builder.Write("}");
    }

    private static void Field(DocumentBuilder builder, Scene scene, int field, int depth)
    {
        if (field < NumberKeys.Length)
        {
            Key(builder, NumberKeys[field]);
            builder.Write(builder.Between(1, 99).ToString(CultureInfo.InvariantCulture), Concepts.JsonNumber);
            return;
        }

        field -= NumberKeys.Length;
        if (field < FlagKeys.Length)
        {
            Key(builder, FlagKeys[field]);
            builder.Write(builder.Pick(Literals), Concepts.JsonLiteral);
            return;
        }

        field -= FlagKeys.Length;
        if (field < WordKeys.Length)
        {
            Key(builder, WordKeys[field]);
            String(builder, scene.Word(WordKeys[field] + "*"));
            return;
        }

        Nested(builder, scene, field - WordKeys.Length, depth);
    }

    private static void Nested(DocumentBuilder builder, Scene scene, int field, int depth)
    {
        if (field > 0)
        {
            Key(builder, field % 2 == 0 ? "friend" : "owner");
            Object(builder, scene, depth + 1);
            return;
        }

        Key(builder, "tags");
        builder.Write("[");
        String(builder, scene.Word("object*"));
        builder.Write(", ");
        String(builder, scene.Word("object*"));
        builder.Write("]");
    }

    private static void Key(DocumentBuilder builder, string key)
    {
        builder.Write("\"");
        builder.Write(key, Concepts.JsonKey);
        builder.Write("\": ");
    }

    private static void String(DocumentBuilder builder, string value)
    {
        builder.Write("\"");
        builder.Write(value, Concepts.JsonString);
        builder.Write("\"");
    }
}

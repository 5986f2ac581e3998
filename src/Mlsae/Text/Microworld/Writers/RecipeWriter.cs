using System.Globalization;

namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Recipes with quantities.</summary>
internal static class RecipeWriter
{
    private static readonly string[] Dishes = ["soup", "cake", "bread", "salad", "pasta", "chocolate"];

    private static readonly string[] Ingredients = ["butter", "sugar", "flour", "milk", "garlic", "pepper", "salt", "honey", "rice", "cheese"];

    private static readonly string[] Units = ["cups of", "g of", "ml of", "spoons of"];

    private static readonly Template[] Steps = Template.All("Mix the milk with the [food*].", "Heat it for [number*] minutes.", "Add the [food*] and stir.",
        "Let it rest until it's cold.", "Don't let it burn.", "Bake it for an hour at low heat.", "Serve it with [food*].");

    public static void Write(DocumentBuilder builder)
    {
        var scene = new Scene(builder);
        using (builder.Within(Concepts.Recipe))
        {
            using (builder.Within(Concepts.Heading))
            {
                builder.Prose($"How to make {builder.Pick(Dishes)}");
            }

            builder.Prose(". Take ");
            string link = "";
            foreach (string ingredient in builder.PickDistinct(Ingredients, builder.Between(2, 3)))
            {
                builder.Prose(link);
                Amount(builder);
                builder.Prose(" " + ingredient);
                link = " and ";
            }

            builder.Prose(".");
            foreach (var step in builder.PickDistinct(Steps, builder.Between(2, 4)))
            {
                builder.Write(" ");
                step.Write(builder, scene);
            }
        }
    }

    private static void Amount(DocumentBuilder builder)
    {
        string unit = builder.Pick(Units);
        int count = unit is "g of" or "ml of" ? builder.Between(1, 10) * 50 : builder.Between(2, 6);
        builder.Write($"{count.ToString(CultureInfo.InvariantCulture)} {unit}", Concepts.Quantity);
    }
}

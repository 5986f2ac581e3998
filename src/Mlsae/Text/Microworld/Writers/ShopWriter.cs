namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Shopping: prices that add up.</summary>
internal static class ShopWriter
{
    public static void Write(DocumentBuilder builder)
    {
        var scene = new Scene(builder);
        int count = builder.Between(2, 3);
        scene.Fill("a");
        builder.Prose(" went to the ");
        scene.Fill("place");
        builder.Prose(" and bought");
        int total = 0;
        for (int i = 0; i < count; i++)
        {
            int cents = builder.Between(1, 18) * 50;
            total += cents;
            builder.Prose(i == 0 ? " a " : i == count - 1 ? " and a " : ", a ");
            scene.Fill("object*");
            builder.Prose(" for ");
            scene.Price(cents);
        }

        builder.Prose(". Together that was ");
        using (builder.Within(Concepts.NumberSum))
        {
            scene.Price(total);
        }

        Change(builder, scene, total);
    }

    private static void Change(DocumentBuilder builder, Scene scene, int total)
    {
        int paid = (total / 1000 + 1) * 1000;
        builder.Prose(". ");
        scene.Fill("a.She");
        builder.Prose(" paid with ");
        scene.Price(paid);
        builder.Prose(" and got ");
        using (builder.Within(Concepts.NumberDifference))
        {
            scene.Price(paid - total);
        }

        builder.Prose(" back.");
    }
}

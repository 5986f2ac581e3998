using System.Globalization;

namespace Mlsae.Text.Microworlds.Writers;

/// <summary>Equations, all of them right.</summary>
internal static class ArithmeticWriter
{
    public static void Write(DocumentBuilder builder)
    {
        builder.Write(builder.Chance(50) ? "Homework:\n" : "Sums:\n", Concepts.Heading);
        int count = builder.Between(3, 7);
        for (int i = 0; i < count; i++)
        {
            builder.Write(i > 0 ? "\n" : "");
            using (builder.Within(Concepts.Equation))
            {
                Equation(builder);
            }
        }
    }

    private static void Equation(DocumentBuilder builder)
    {
        switch (builder.Between(0, 4))
        {
            case 0 or 1:
                int left = builder.Between(1, 30), right = builder.Between(1, 30);
                Parts(builder, left, '+', right, left + right, Concepts.NumberSum);
                break;
            case 2 or 3:
                int larger = builder.Between(10, 50), smaller = builder.Between(1, 10);
                Parts(builder, larger, '-', smaller, larger - smaller, Concepts.NumberDifference);
                break;
            default:
                int first = builder.Between(2, 10), second = builder.Between(2, 10);
                Parts(builder, first, '*', second, first * second, Concepts.NumberProduct);
                break;
        }
    }

    private static void Parts(DocumentBuilder builder, int left, char sign, int right, int result, Concept concept)
    {
        builder.Write(Text(left), Concepts.NumberTerm);
        builder.Write($" {sign} ");
        builder.Write(Text(right), Concepts.NumberTerm);
        builder.Write(" = ");
        builder.Write(Text(result), concept);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

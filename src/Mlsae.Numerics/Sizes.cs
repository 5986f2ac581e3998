namespace Mlsae.Numerics;

/// <summary>How counts are cut into blocks.</summary>
internal static class Sizes
{
    /// <summary>Blocks of <paramref name="size"/> that hold <paramref name="count"/>.</summary>
    public static int Blocks(int count, int size) => (count + size - 1) / size;

    /// <summary>The least multiple that is not less than <paramref name="count"/>.</summary>
    public static int RoundUp(int count, int multiple) => Blocks(count, multiple) * multiple;
}

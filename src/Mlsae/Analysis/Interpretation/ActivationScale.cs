namespace Mlsae.Analysis.Interpretation;

/// <summary>A fragment with a unit's activations as explainers see them.</summary>
/// <param name="Fragment">the text</param>
/// <param name="Levels">[64] integers 0 .. 10</param>
public sealed record ScaledFragment(TextFragment Fragment, int[] Levels);

/// <summary>Activations as integers: min(10, ⌊10 · max(a, 0) / m⌋), m the greatest activation on the fragments that explain. Bills et al. 2023.</summary>
public static class ActivationScale
{
    /// <summary>The level of the greatest activation.</summary>
    public const int Highest = 10;

    /// <summary>Fragments scaled together.</summary>
    public static IReadOnlyList<ScaledFragment> Scaled(IReadOnlyList<FragmentRecord> records)
    {
        float largest = records.Max(record => record.Values.Max());
        return [.. records.Select(record => new ScaledFragment(record.Fragment, [.. record.Values.Select(value => Level(value, largest))]))];
    }

    /// <summary>One activation.</summary>
    /// <param name="value">a</param>
    /// <param name="largest">m; where it is not positive all levels are 0</param>
    public static int Level(float value, float largest) => largest > 0 ? (int)Math.Min(Highest, Math.Floor(Highest * (double)Math.Max(value, 0) / largest)) : 0;
}

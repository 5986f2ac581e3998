namespace Mlsae.Numerics;

/// <summary>What a normalisation's backward pass needs of its forward pass: two numbers a row.</summary>
/// <param name="rows">room for so many rows</param>
public sealed class NormStatistics(int rows)
{
    /// <summary>[rows] the mean of each row; 0 for RMS normalisation.</summary>
    public float[] Mean { get; } = new float[Require.NotNegative(rows)];

    /// <summary>[rows] what each row was multiplied by: 1 / √(variance + epsilon), or 1 / √(mean square + epsilon).</summary>
    public float[] InverseDeviation { get; } = new float[rows];

    internal void RequireRows(int rows) =>
        Require.That(rows <= InverseDeviation.Length, $"Statistics of {InverseDeviation.Length} rows have no room for {rows}.");

    internal void Set(int row, float mean, float inverseDeviation)
    {
        Mean[row] = mean;
        InverseDeviation[row] = inverseDeviation;
    }
}

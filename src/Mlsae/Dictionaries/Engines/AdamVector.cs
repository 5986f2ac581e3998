namespace Mlsae.Dictionaries.Engines;

/// <summary>A vector of parameters with Adam's two moments of each.</summary>
/// <param name="length">how many</param>
internal sealed class AdamVector(int length)
{
    public float[] Values { get; } = new float[length];

    public float[] FirstMoment { get; } = new float[length];

    public float[] SecondMoment { get; } = new float[length];

    /// <summary>The gradients of the step in progress.</summary>
    public float[] Gradient { get; } = new float[length];
}

namespace Mlsae.Numerics;

/// <summary>One step of AdamW (Loshchilov and Hutter, 2019).</summary>
/// <param name="Step">steps taken, this one included; from 1</param>
/// <param name="LearningRate">α</param>
public readonly record struct AdamWStep(int Step, float LearningRate)
{
    /// <summary>Decay of the mean of gradients, β₁.</summary>
    public float Beta1 { get; init; } = 0.9f;

    /// <summary>Decay of the mean of squared gradients, β₂.</summary>
    public float Beta2 { get; init; } = 0.999f;

    /// <summary>Added to the root of the mean square.</summary>
    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>Parameters shrink by learningRate·weightDecay of themselves.</summary>
    public float WeightDecay { get; init; } = 0;

    /// <summary>What the gradient is multiplied by first: for clipping, or for a mean.</summary>
    public float GradientScale { get; init; } = 1;
}

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

public static partial class Kernels
{
    /// <summary>Elements that one thread updates or sums at a time. Fixed, so that the order of every sum is.</summary>
    private const int ElementsPerUpdate = 65536;

    /// <summary>
    /// One step of AdamW: p −= α·λ·p; m = β₁m + (1 − β₁)g; v = β₂v + (1 − β₂)g²; p −= α·m̂ / (√v̂ + ε), where m̂ = m / (1 − β₁ᵗ) and
    /// v̂ = v / (1 − β₂ᵗ).
    /// </summary>
    /// <param name="parameters">[n] p. Overwritten.</param>
    /// <param name="gradient">[n] g</param>
    /// <param name="mean">[n] m. Overwritten.</param>
    /// <param name="meanSquare">[n] v. Overwritten.</param>
    /// <param name="step">which step, and its rates</param>
    /// <exception cref="ArgumentException">The lengths differ, or the step is less than 1.</exception>
    public static void AdamW(
        Memory<float> parameters, ReadOnlyMemory<float> gradient, Memory<float> mean, Memory<float> meanSquare, AdamWStep step)
    {
        Require.Equal(gradient.Length, parameters.Length);
        Require.Equal(mean.Length, parameters.Length);
        Require.Equal(meanSquare.Length, parameters.Length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(step.Step);
        Workers.ForBlocks(parameters.Length, ElementsPerUpdate, (start, end) => AdamWBlock(
            parameters.Span[start..end], gradient.Span[start..end], mean.Span[start..end], meanSquare.Span[start..end], step));
    }

    private static void AdamWBlock(Span<float> p, ReadOnlySpan<float> gradient, Span<float> m, Span<float> v, AdamWStep step)
    {
        float keep = 1 - step.LearningRate * step.WeightDecay;
        float rate = (float)(step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step)));
        float correction = (float)(1 / Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step)));
        for (int i = 0; i < p.Length; i++)
        {
            float g = gradient[i] * step.GradientScale;
            m[i] = step.Beta1 * m[i] + (1 - step.Beta1) * g;
            v[i] = step.Beta2 * v[i] + (1 - step.Beta2) * g * g;
            p[i] = keep * p[i] - rate * m[i] / (MathF.Sqrt(v[i]) * correction + step.Epsilon);
        }
    }

    /// <summary>Σ x², in double: for the norm of a whole gradient. Summed by fixed blocks.</summary>
    /// <param name="x">[n]</param>
    public static double SquaredNorm(ReadOnlyMemory<float> x)
    {
        var sums = new double[(x.Length + ElementsPerUpdate - 1) / ElementsPerUpdate];
        Workers.ForBlocks(x.Length, ElementsPerUpdate, (start, end) => sums[start / ElementsPerUpdate] = SquaredNorm(x.Span[start..end]));
        return sums.Sum();
    }

    private static double SquaredNorm(ReadOnlySpan<float> x)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += (double)x[i] * x[i];
        }

        return sum;
    }
}

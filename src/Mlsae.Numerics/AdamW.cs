using System.Numerics;
using System.Runtime.InteropServices;

namespace Mlsae.Numerics;

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
        float beta1 = step.Beta1, beta2 = step.Beta2, rest1 = 1 - beta1, rest2 = 1 - beta2;
        int lanes = Vector<float>.Count, i = 0;
        for (; i <= p.Length - lanes; i += lanes)
        {
            var g = new Vector<float>(gradient[i..]) * step.GradientScale;
            var mean = new Vector<float>(m[i..]) * beta1 + g * rest1;
            var meanSquare = new Vector<float>(v[i..]) * beta2 + g * rest2 * g;
            mean.CopyTo(m[i..]);
            meanSquare.CopyTo(v[i..]);
            var denominator = Vector.SquareRoot(meanSquare) * correction + new Vector<float>(step.Epsilon);
            (new Vector<float>(p[i..]) * keep - mean * rate / denominator).CopyTo(p[i..]);
        }

        for (; i < p.Length; i++)
        {
            float g = gradient[i] * step.GradientScale;
            m[i] = m[i] * beta1 + g * rest1;
            v[i] = v[i] * beta2 + g * rest2 * g;
            p[i] = p[i] * keep - m[i] * rate / (MathF.Sqrt(v[i]) * correction + step.Epsilon);
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
        var vx = MemoryMarshal.Cast<float, Vector<float>>(x);
        Vector<double> s0 = default, s1 = default;
        foreach (var value in vx)
        {
            Vector.Widen(value, out var low, out var high);
            s0 += low * low;
            s1 += high * high;
        }

        double sum = Vector.Sum(s0 + s1);
        for (int i = vx.Length * Vector<float>.Count; i < x.Length; i++)
        {
            sum += (double)x[i] * x[i];
        }

        return sum;
    }
}

using System.Numerics;
using System.Runtime.InteropServices;

namespace Mlsae.Numerics;

/// <summary>The numbers of one step of Adam (Kingma and Ba 2015) that all rows share.</summary>
/// <param name="LearningRate">step size</param>
/// <param name="Beta1">decay of the first moment</param>
/// <param name="Beta2">decay of the second moment</param>
/// <param name="Epsilon">added to the root of the corrected second moment</param>
/// <param name="Step">the step's number, from 1, for the bias corrections</param>
public readonly record struct AdamStep(double LearningRate, double Beta1, double Beta2, double Epsilon, long Step)
{
    // Once a step, not once a row.
    internal float Rate { get; } = (float)(LearningRate / (1 - Math.Pow(Beta1, Step)));

    internal float InverseRoot { get; } = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, Step)));
}

public static partial class Kernels
{
    /// <summary>One step of Adam on one row: m += (1−β₁)(g−m), v ← β₂v + (1−β₂)g², w −= lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε).</summary>
    /// <param name="gradient">[n] g</param>
    /// <param name="step">the step's numbers</param>
    /// <param name="weights">[n] w, updated</param>
    /// <param name="firstMoment">[n] m, updated</param>
    /// <param name="secondMoment">[n] v, updated</param>
    /// <remarks>
    /// Moments below the smallest normal float (1e-38) become 0: a latent without uses would otherwise decay into subnormal numbers, where arithmetic is slow, and stay there.
    /// </remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void AdamRow(ReadOnlySpan<float> gradient, AdamStep step, Span<float> weights, Span<float> firstMoment, Span<float> secondMoment)
    {
        int n = gradient.Length;
        Require.Equal(weights.Length, n);
        Require.Equal(firstMoment.Length, n);
        Require.Equal(secondMoment.Length, n);
        float size = step.Rate, inverseRoot = step.InverseRoot;
        float b1 = (float)(1 - step.Beta1), b2 = (float)step.Beta2, c2 = (float)(1 - step.Beta2), epsilon = (float)step.Epsilon;

        var vg = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        var vw = MemoryMarshal.Cast<float, Vector<float>>(weights);
        var vm = MemoryMarshal.Cast<float, Vector<float>>(firstMoment);
        var vv = MemoryMarshal.Cast<float, Vector<float>>(secondMoment);
        Vector<float> tiny = new(MinNormal), decay = new(b1), keep = new(b2), take = new(c2), root = new(inverseRoot), guard = new(epsilon), rate = new(size);
        for (int i = 0; i < vg.Length; i++)
        {
            var g = vg[i];
            var m = vm[i] + decay * (g - vm[i]);
            var v = keep * vv[i] + take * (g * g);
            m = Vector.ConditionalSelect(Vector.LessThan(Vector.Abs(m), tiny), Vector<float>.Zero, m);
            v = Vector.ConditionalSelect(Vector.LessThan(v, tiny), Vector<float>.Zero, v);
            vm[i] = m;
            vv[i] = v;
            vw[i] -= rate * (m / (Vector.SquareRoot(v) * root + guard));
        }

        for (int i = vg.Length * Vector<float>.Count; i < n; i++)
        {
            float m = firstMoment[i] + b1 * (gradient[i] - firstMoment[i]);
            float v = b2 * secondMoment[i] + c2 * (gradient[i] * gradient[i]);
            firstMoment[i] = m = MathF.Abs(m) < MinNormal ? 0 : m;
            secondMoment[i] = v = v < MinNormal ? 0 : v;
            weights[i] -= size * (m / (MathF.Sqrt(v) * inverseRoot + epsilon));
        }
    }

    /// <summary>Takes the part along a row of norm 1 away: g −= (g·w) w.</summary>
    /// <param name="row">[n] w</param>
    /// <param name="gradient">[n] g, updated</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void ProjectRow(ReadOnlySpan<float> row, Span<float> gradient) => AddScaled(row, -Dot(gradient, row), gradient);

    /// <summary>Divides by the Euclidean norm. A row of zeros stays.</summary>
    /// <param name="row">[n] Overwritten.</param>
    public static void NormalizeRow(Span<float> row)
    {
        float norm = MathF.Sqrt(SumOfSquares(row));
        if (norm != 0)
        {
            Scale(row, 1 / norm);
        }
    }

    private const float MinNormal = 1.17549435e-38f;
}

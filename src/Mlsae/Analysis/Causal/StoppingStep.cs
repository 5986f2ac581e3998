namespace Mlsae.Analysis.Causal;

/// <summary>
/// The smallest step against a latent's direction that brings its pre-activation to a given value: x − δf. Exact, in double, for untied dictionaries and for those that standardise, where the
/// vector's mean and standard deviation change with δ.
/// </summary>
/// <remarks>
/// With u and v the deviations of x and f from their means over the d components, s(δ) = ‖u − δv‖ / √(d − 1), b the pre-bias and β the latent's bias, the pre-activation is
/// e·((u − δv)/(s(δ) + ε) − b) + β. It is τ where e·u − δ e·v = c (s(δ) + ε) with c = τ − β + e·b. Squared that is quadratic in δ; of its roots those count at which both sides have one sign.
/// </remarks>
internal static class StoppingStep
{
    private const int PolishSteps = 4;

    /// <summary>δ where vectors are not standardised: the pre-activation is linear in it. Null where e·f is 0.</summary>
    /// <param name="preActivation">at x</param>
    /// <param name="along">e·f</param>
    /// <param name="target">the value to reach</param>
    public static double? Linear(double preActivation, double along, double target) =>
        preActivation == target ? 0 : along == 0 ? null : (preActivation - target) / along;

    /// <summary>δ where vectors are standardised. Null where no step reaches the value.</summary>
    public static double? Standardized(in StandardizedLine line)
    {
        double a = line.EncoderU - line.Level * line.Epsilon, b = line.EncoderV, k = line.Level * line.Level / line.Freedom;
        double? best = null;
        foreach (double root in Roots(b * b - k * line.VV, -2 * (a * b - k * line.UV), a * a - k * line.UU))
        {
            bool oneSign = (a - root * b) * line.Level >= 0;
            if (oneSign && (best is null || Math.Abs(root) < Math.Abs(best.Value)))
            {
                best = root;
            }
        }

        return best is { } step ? Polished(line, step) : null;
    }

    /// <summary>The real roots of q₂δ² + q₁δ + q₀, without cancellation.</summary>
    private static double[] Roots(double q2, double q1, double q0)
    {
        double discriminant = q1 * q1 - 4 * q2 * q0;
        if (!(discriminant >= 0))
        {
            return [];
        }

        double q = -(q1 + (q1 >= 0 ? 1 : -1) * Math.Sqrt(discriminant)) / 2;
        return [.. new[] { q0 / q, q / q2 }.Where(double.IsFinite)];
    }

    /// <summary>Newton's steps on the equation itself; null where they end away from a solution.</summary>
    private static double? Polished(in StandardizedLine line, double step)
    {
        for (int i = 0; i < PolishSteps; i++)
        {
            double slope = line.SlopeAt(step), moved = step - line.ErrorAt(step) / slope;
            if (!double.IsFinite(moved) || Math.Abs(line.ErrorAt(moved)) >= Math.Abs(line.ErrorAt(step)))
            {
                break;
            }

            step = moved;
        }

        return Math.Abs(line.ErrorAt(step)) <= 1e-9 * line.Size(step) ? step : null;
    }
}

/// <summary>A vector and a latent's direction as the equation of the stopping step sees them.</summary>
/// <param name="EncoderU">e·u</param>
/// <param name="EncoderV">e·v</param>
/// <param name="UU">u·u</param>
/// <param name="UV">u·v</param>
/// <param name="VV">v·v</param>
/// <param name="Freedom">d − 1</param>
/// <param name="Level">c, what e·(x standardised) must become</param>
/// <param name="Epsilon">added to the standard deviation</param>
internal readonly record struct StandardizedLine(double EncoderU, double EncoderV, double UU, double UV, double VV, double Freedom, double Level, double Epsilon)
{
    /// <summary>s(δ).</summary>
    public double Deviation(double step) => Math.Sqrt(Math.Max(0, UU - 2 * step * UV + step * step * VV) / Freedom);

    /// <summary>e·u − δ e·v − c (s(δ) + ε).</summary>
    public double ErrorAt(double step) => EncoderU - step * EncoderV - Level * (Deviation(step) + Epsilon);

    /// <summary>Its derivative.</summary>
    public double SlopeAt(double step) => -EncoderV - Level * (step * VV - UV) / (Freedom * Deviation(step));

    /// <summary>What the terms of <see cref="ErrorAt"/> sum to in absolute value.</summary>
    public double Size(double step) => Math.Abs(EncoderU) + Math.Abs(step * EncoderV) + Math.Abs(Level) * (Deviation(step) + Epsilon);
}

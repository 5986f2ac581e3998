using System.Numerics;
using System.Runtime.CompilerServices;

namespace Mlsae.Numerics;

/// <summary>The elementary functions that activations and softmax need, on as many floats at once as the processor takes.</summary>
internal static class VectorMath
{
    /// <summary>1.5·2²³ + 127: adding it rounds a small float n to an integer, and n + 127, the exponent of 2ⁿ, then stands in the low bits.</summary>
    private const float ExponentShift = 12583039f;

    /// <summary>1/√(2π)</summary>
    private const float NormalPeak = 0.39894228f;

    /// <summary>exp(x), to 2 units in the last place. 0 below −87.69, infinite above 88.37; NaN stays NaN.</summary>
    /// <remarks>
    /// x = n·ln 2 + r with |r| ≤ ½ ln 2, and exp(r) by the polynomial of degree 6 that interpolates it, after 1 + r, in the Chebyshev points.
    /// ln 2 is split so that n times its upper part is exact. The exponents of 2⁻¹²⁷ and 2¹²⁸ are those of 0 and infinity.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Exp(Vector<float> x)
    {
        // The native forms return their second operand when either is NaN.
        x = Vector.MinNative(new Vector<float>(89f), Vector.MaxNative(new Vector<float>(-88f), x));
        var shifted = Vector.MultiplyAddEstimate(x, new Vector<float>(1.44269504f), new Vector<float>(ExponentShift));
        var n = shifted - new Vector<float>(ExponentShift);
        var r = Vector.MultiplyAddEstimate(n, new Vector<float>(-0.693359375f), x);
        r = Vector.MultiplyAddEstimate(n, new Vector<float>(2.12194440e-4f), r);

        var p = new Vector<float>(0.00139261836f);
        p = Vector.MultiplyAddEstimate(p, r, new Vector<float>(0.00836317905f));
        p = Vector.MultiplyAddEstimate(p, r, new Vector<float>(0.0416665546f));
        p = Vector.MultiplyAddEstimate(p, r, new Vector<float>(0.16666577f));
        p = Vector.MultiplyAddEstimate(p, r, new Vector<float>(0.5f));
        p = Vector.MultiplyAddEstimate(p * r, r, r) + Vector<float>.One;
        return p * Vector.AsVectorSingle(Vector.ShiftLeft(Vector.AsVectorInt32(shifted), 23));
    }

    /// <summary>1 / (1 + exp(−x)), and what is left to 1, both with full relative precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Sigmoid(Vector<float> x, out Vector<float> complement)
    {
        var power = Exp(-Vector.Abs(x));
        var larger = Vector<float>.One / (Vector<float>.One + power);
        var smaller = power * larger;
        var isNegative = Vector.LessThan(x, Vector<float>.Zero);
        complement = Vector.ConditionalSelect(isNegative, larger, smaller);
        return Vector.ConditionalSelect(isNegative, smaller, larger);
    }

    /// <summary>Φ(x), the standard normal distribution function ½(1 + erf(x/√2)), and its density φ(x) = exp(−x²/2)/√(2π).</summary>
    /// <remarks>
    /// For y = |x|, 1 − Φ(y) = exp(−y²/2)·t·P(t) with t = 1 / (1 + y/4). P has degree 9 and interpolates the quotient in the Chebyshev points of
    /// 0 ≤ t ≤ 1, relatively to 9·10⁻⁸; so the lower tail keeps its relative precision, which 1 + erf does not.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> NormalDistribution(Vector<float> x, out Vector<float> density)
    {
        var power = Exp(x * x * new Vector<float>(-0.5f));
        density = power * new Vector<float>(NormalPeak);
        var t = Vector<float>.One / Vector.MultiplyAddEstimate(Vector.Abs(x), new Vector<float>(0.25f), Vector<float>.One);

        var p = new Vector<float>(0.020814888390765084f);
        p = Vector.MultiplyAddEstimate(p, t, new Vector<float>(-0.08538922988471694f));
        p = Vector.MultiplyAddEstimate(p, t, new Vector<float>(0.10379885743125923f));
        p = Vector.MultiplyAddEstimate(p, t, new Vector<float>(-0.039746863281828526f));
        p = Vector.MultiplyAddEstimate(p, t, new Vector<float>(0.06827399568692813f));
        p = Vector.MultiplyAddEstimate(p, t, new Vector<float>(0.05744625825528285f));
        p = Vector.MultiplyAddEstimate(p, t, new Vector<float>(0.08188963176349622f));
        p = Vector.MultiplyAddEstimate(p, t, new Vector<float>(0.0934395147097498f));
        p = Vector.MultiplyAddEstimate(p, t, new Vector<float>(0.09973739676829198f));
        p = Vector.MultiplyAddEstimate(p, t, new Vector<float>(0.09973556103636358f));

        var tail = power * t * p;
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), tail, Vector<float>.One - tail);
    }
}

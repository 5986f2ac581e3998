namespace Mlsae.Numerics;

public static partial class Reference
{
    private static readonly double _inverseRootTwoPi = 1 / Math.Sqrt(2 * Math.PI);

    /// <summary>The error function, 2/√π ∫₀ˣ exp(−t²) dt, to double precision.</summary>
    /// <remarks>Below 3 the series Σ 2ⁿx²ⁿ⁺¹ / (2n + 1)!! times 2/√π·exp(−x²), whose terms are all positive; above it 1 − <see cref="Erfc"/>.</remarks>
    public static double Erf(double x)
    {
        if (Math.Abs(x) > 3)
        {
            return x < 0 ? Erfc(-x) - 1 : 1 - Erfc(x);
        }

        double term = x, sum = x;
        for (int n = 1; n < 100; n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    /// <summary>1 − erf(x), of full relative precision for large x, by its continued fraction there.</summary>
    public static double Erfc(double x)
    {
        if (!(x > 3))
        {
            return x < -3 ? 2 - Erfc(-x) : 1 - Erf(x);
        }

        double fraction = x;
        for (int n = 100; n >= 1; n--)
        {
            fraction = x + n / 2.0 / fraction;
        }

        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * fraction);
    }

    /// <summary>Φ(x), the standard normal distribution function.</summary>
    public static double NormalDistribution(double x) => 0.5 * Erfc(-x / Math.Sqrt(2));

    /// <inheritdoc cref="Kernels.Gelu(ReadOnlySpan{float}, Span{float})"/>
    public static double Gelu(double x) => x * NormalDistribution(x);

    /// <summary>The derivative of <see cref="Gelu"/>: Φ(x) + x·φ(x).</summary>
    public static double GeluDerivative(double x) => NormalDistribution(x) + x * _inverseRootTwoPi * Math.Exp(-0.5 * x * x);

    /// <inheritdoc cref="Kernels.GeluTanh(ReadOnlySpan{float}, Span{float})"/>
    /// <remarks>½(1 + tanh u) is the sigmoid of 2u, which does not cancel below zero.</remarks>
    public static double GeluTanh(double x) => x * Sigmoid(2 * GeluTanhArgument(x));

    /// <summary>The derivative of <see cref="GeluTanh"/>.</summary>
    public static double GeluTanhDerivative(double x)
    {
        double sigmoid = Sigmoid(2 * GeluTanhArgument(x));
        double slope = Math.Sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
        return sigmoid + x * sigmoid * (1 - sigmoid) * 2 * slope;
    }

    /// <summary>max(x, 0); NaN stays NaN.</summary>
    public static double Relu(double x) => x < 0 ? 0 : x;

    /// <summary>1 where x > 0, else 0; NaN stays NaN.</summary>
    public static double ReluDerivative(double x) => x > 0 ? 1 : x <= 0 ? 0 : x;

    /// <summary>1 / (1 + exp(−x)).</summary>
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <inheritdoc cref="Kernels.Silu(ReadOnlySpan{float}, Span{float})"/>
    public static double Silu(double x) => x * Sigmoid(x);

    /// <summary>The derivative of <see cref="Silu"/>.</summary>
    public static double SiluDerivative(double x) => Sigmoid(x) * (1 + x * (1 - Sigmoid(x)));

    private static double GeluTanhArgument(double x) => Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
}

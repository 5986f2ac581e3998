using System.Numerics;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>The Gaussian error linear unit x·Φ(x), exactly: Φ is the normal distribution function, ½(1 + erf(x/√2)) (Hendrycks and Gimpel, 2016).</summary>
    /// <param name="x">[rows × columns]</param>
    /// <param name="result">[rows × columns] Overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void Gelu(Matrix x, Matrix result)
    {
        RequireSameSize(result, x);
        ForRows(x.Rows, x.Columns, row => Gelu(x.Row(row), result.Row(row)));
    }

    /// <summary>The exact GELU of every element, x·Φ(x).</summary>
    /// <param name="x">[n]</param>
    /// <param name="result">[n] Overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Gelu(ReadOnlySpan<float> x, Span<float> result) => ElementFunctions.Map<GeluFunction>(x, result);

    /// <summary>The gradient of <see cref="Gelu(Matrix, Matrix)"/>: resultGradient · (Φ(x) + x·φ(x)).</summary>
    /// <param name="x">[rows × columns] the input of the forward pass</param>
    /// <param name="resultGradient">[rows × columns]</param>
    /// <param name="xGradient">[rows × columns] Overwritten; may be either input.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void GeluBackward(Matrix x, Matrix resultGradient, Matrix xGradient)
    {
        RequireSameSize(resultGradient, x);
        RequireSameSize(xGradient, x);
        ForRows(x.Rows, x.Columns, row => GeluBackward(x.Row(row), resultGradient.Row(row), xGradient.Row(row)));
    }

    /// <summary>The gradient of <see cref="Gelu(ReadOnlySpan{float}, Span{float})"/>: resultGradient · (Φ(x) + x·φ(x)).</summary>
    /// <param name="x">[n] the input of the forward pass</param>
    /// <param name="resultGradient">[n]</param>
    /// <param name="xGradient">[n] Overwritten; may be either input.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void GeluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> resultGradient, Span<float> xGradient) =>
        ElementFunctions.Map<GeluGradient>(x, resultGradient, xGradient);

    private readonly struct GeluFunction : IElementFunction
    {
        public static Vector<float> Apply(Vector<float> x) => x * VectorMath.NormalDistribution(x, out _);
    }

    private readonly struct GeluGradient : IElementPairFunction
    {
        public static Vector<float> Apply(Vector<float> x, Vector<float> gradient) =>
            gradient * (VectorMath.NormalDistribution(x, out var density) + x * density);
    }
}

using System.Numerics;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>GELU by its approximation ½x(1 + tanh(√(2/π)(x + 0.044715x³))): GPT-2's <c>gelu_new</c>.</summary>
    /// <param name="x">[rows × columns]</param>
    /// <param name="result">[rows × columns] Overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void GeluTanh(Matrix x, Matrix result)
    {
        RequireSameSize(result, x);
        ForRows(x.Rows, x.Columns, row => GeluTanh(x.Row(row), result.Row(row)));
    }

    /// <summary>The approximate GELU of every element, ½x(1 + tanh(√(2/π)(x + 0.044715x³))).</summary>
    /// <param name="x">[n]</param>
    /// <param name="result">[n] Overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void GeluTanh(ReadOnlySpan<float> x, Span<float> result) => ElementFunctions.Map<GeluTanhFunction>(x, result);

    /// <summary>The gradient of <see cref="GeluTanh(Matrix, Matrix)"/>: resultGradient · (½(1 + t) + ½x(1 − t²)·√(2/π)(1 + 3·0.044715x²)), where t is the tanh.</summary>
    /// <param name="x">[rows × columns] the input of the forward pass</param>
    /// <param name="resultGradient">[rows × columns]</param>
    /// <param name="xGradient">[rows × columns] Overwritten; may be either input.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void GeluTanhBackward(Matrix x, Matrix resultGradient, Matrix xGradient)
    {
        RequireSameSize(resultGradient, x);
        RequireSameSize(xGradient, x);
        ForRows(x.Rows, x.Columns, row => GeluTanhBackward(x.Row(row), resultGradient.Row(row), xGradient.Row(row)));
    }

    /// <summary>The gradient of <see cref="GeluTanh(ReadOnlySpan{float}, Span{float})"/>: resultGradient · (½(1 + t) + ½x(1 − t²)·√(2/π)(1 + 3·0.044715x²)), where t is the tanh.</summary>
    /// <param name="x">[n] the input of the forward pass</param>
    /// <param name="resultGradient">[n]</param>
    /// <param name="xGradient">[n] Overwritten; may be either input.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void GeluTanhBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> resultGradient, Span<float> xGradient) =>
        ElementFunctions.Map<GeluTanhGradient>(x, resultGradient, xGradient);

    private const float RootTwoOverPi = 0.7978845608f;
    private const float GeluTanhCubic = 0.044715f;

    private static Vector<float> TwiceGeluTanhArgument(Vector<float> x) =>
        x * Vector.MultiplyAddEstimate(x * x, new Vector<float>(2 * RootTwoOverPi * GeluTanhCubic), new Vector<float>(2 * RootTwoOverPi));

    private readonly struct GeluTanhFunction : IElementFunction
    {
        // ½(1 + tanh u) is the sigmoid of 2u.
        public static Vector<float> Apply(Vector<float> x) => x * VectorMath.Sigmoid(TwiceGeluTanhArgument(x), out _);
    }

    private readonly struct GeluTanhGradient : IElementPairFunction
    {
        public static Vector<float> Apply(Vector<float> x, Vector<float> gradient)
        {
            var sigmoid = VectorMath.Sigmoid(TwiceGeluTanhArgument(x), out var complement);
            var slope = new Vector<float>(2 * RootTwoOverPi) + x * x * new Vector<float>(6 * RootTwoOverPi * GeluTanhCubic);
            return gradient * sigmoid * (Vector<float>.One + x * slope * complement);
        }
    }
}

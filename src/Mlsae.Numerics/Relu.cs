using System.Numerics;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>The rectifier max(x, 0); NaN stays NaN.</summary>
    /// <param name="x">[rows × columns]</param>
    /// <param name="result">[rows × columns] Overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void Relu(Matrix x, Matrix result)
    {
        RequireSameSize(result, x);
        ForRows(x.Rows, x.Columns, row => Relu(x.Row(row), result.Row(row)));
    }

    /// <summary>max(x, 0) of every element; NaN stays NaN.</summary>
    /// <param name="x">[n]</param>
    /// <param name="result">[n] Overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Relu(ReadOnlySpan<float> x, Span<float> result) => ElementFunctions.Map<ReluFunction>(x, result);

    /// <summary>The gradient of <see cref="Relu(Matrix, Matrix)"/>: resultGradient · 1 where x > 0, else 0.</summary>
    /// <param name="x">[rows × columns] the input of the forward pass</param>
    /// <param name="resultGradient">[rows × columns]</param>
    /// <param name="xGradient">[rows × columns] Overwritten; may be either input.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void ReluBackward(Matrix x, Matrix resultGradient, Matrix xGradient)
    {
        RequireSameSize(resultGradient, x);
        RequireSameSize(xGradient, x);
        ForRows(x.Rows, x.Columns, row => ReluBackward(x.Row(row), resultGradient.Row(row), xGradient.Row(row)));
    }

    /// <summary>The gradient of <see cref="Relu(ReadOnlySpan{float}, Span{float})"/>: resultGradient · 1 where x > 0, else 0.</summary>
    /// <param name="x">[n] the input of the forward pass</param>
    /// <param name="resultGradient">[n]</param>
    /// <param name="xGradient">[n] Overwritten; may be either input.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void ReluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> resultGradient, Span<float> xGradient) =>
        ElementFunctions.Map<ReluGradient>(x, resultGradient, xGradient);

    private readonly struct ReluFunction : IElementFunction
    {
        public static Vector<float> Apply(Vector<float> x) =>
            Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), Vector<float>.Zero, x);
    }

    private readonly struct ReluGradient : IElementPairFunction
    {
        public static Vector<float> Apply(Vector<float> x, Vector<float> gradient)
        {
            // What is neither above 0 nor at most 0 is NaN, and stays so.
            var rest = Vector.ConditionalSelect(Vector.LessThanOrEqual(x, Vector<float>.Zero), Vector<float>.Zero, x);
            return Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<float>.Zero), gradient, rest);
        }
    }
}

using System.Numerics;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>The sigmoid linear unit x·σ(x), σ(x) = 1/(1 + e⁻ˣ); also called swish.</summary>
    /// <param name="x">[rows × columns]</param>
    /// <param name="result">[rows × columns] Overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void Silu(Matrix x, Matrix result)
    {
        RequireSameSize(result, x);
        ForRows(x.Rows, x.Columns, row => Silu(x.Row(row), result.Row(row)));
    }

    /// <summary>x·σ(x) of every element.</summary>
    /// <param name="x">[n]</param>
    /// <param name="result">[n] Overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Silu(ReadOnlySpan<float> x, Span<float> result) => ElementFunctions.Map<SiluFunction>(x, result);

    /// <summary>The gradient of <see cref="Silu(Matrix, Matrix)"/>: resultGradient · σ(x)(1 + x(1 − σ(x))).</summary>
    /// <param name="x">[rows × columns] the input of the forward pass</param>
    /// <param name="resultGradient">[rows × columns]</param>
    /// <param name="xGradient">[rows × columns] Overwritten; may be either input.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void SiluBackward(Matrix x, Matrix resultGradient, Matrix xGradient)
    {
        RequireSameSize(resultGradient, x);
        RequireSameSize(xGradient, x);
        ForRows(x.Rows, x.Columns, row => SiluBackward(x.Row(row), resultGradient.Row(row), xGradient.Row(row)));
    }

    /// <summary>The gradient of <see cref="Silu(ReadOnlySpan{float}, Span{float})"/>: resultGradient · σ(x)(1 + x(1 − σ(x))).</summary>
    /// <param name="x">[n] the input of the forward pass</param>
    /// <param name="resultGradient">[n]</param>
    /// <param name="xGradient">[n] Overwritten; may be either input.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void SiluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> resultGradient, Span<float> xGradient) =>
        ElementFunctions.Map<SiluGradient>(x, resultGradient, xGradient);

    private readonly struct SiluFunction : IElementFunction
    {
        public static Vector<float> Apply(Vector<float> x) => x * VectorMath.Sigmoid(x, out _);
    }

    private readonly struct SiluGradient : IElementPairFunction
    {
        public static Vector<float> Apply(Vector<float> x, Vector<float> gradient)
        {
            var sigmoid = VectorMath.Sigmoid(x, out var complement);
            return gradient * sigmoid * (Vector<float>.One + x * complement);
        }
    }
}

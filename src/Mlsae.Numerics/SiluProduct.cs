using System.Numerics;
using System.Runtime.CompilerServices;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>What SwiGLU (Shazeer, 2020) multiplies: gate·σ(gate) · up.</summary>
    /// <param name="gate">[rows × columns]</param>
    /// <param name="up">[rows × columns]</param>
    /// <param name="result">[rows × columns] Overwritten; may be either input.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void SiluProduct(Matrix gate, Matrix up, Matrix result)
    {
        RequireSameSize(up, gate);
        RequireSameSize(result, gate);
        ForRows(gate.Rows, gate.Columns, row => SiluProduct(gate.Row(row), up.Row(row), result.Row(row)));
    }

    /// <summary>gate·σ(gate) · up of every element.</summary>
    /// <param name="gate">[n]</param>
    /// <param name="up">[n]</param>
    /// <param name="result">[n] Overwritten; may be either input.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void SiluProduct(ReadOnlySpan<float> gate, ReadOnlySpan<float> up, Span<float> result)
    {
        ElementFunctions.Map<SiluProductFunction>(gate, up, result);
    }

    /// <summary>The gradients of <see cref="SiluProduct(Matrix, Matrix, Matrix)"/>.</summary>
    /// <param name="gate">[rows × columns]</param>
    /// <param name="up">[rows × columns]</param>
    /// <param name="resultGradient">[rows × columns]</param>
    /// <param name="gateGradient">[rows × columns] Overwritten; may be any input.</param>
    /// <param name="upGradient">[rows × columns] Overwritten; may be any input, but not <paramref name="gateGradient"/>.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void SiluProductBackward(Matrix gate, Matrix up, Matrix resultGradient, Matrix gateGradient, Matrix upGradient)
    {
        RequireSameSize(up, gate);
        RequireSameSize(resultGradient, gate);
        RequireSameSize(gateGradient, gate);
        RequireSameSize(upGradient, gate);
        ForRows(gate.Rows, gate.Columns, row =>
            SiluProductBackward(gate.Row(row), up.Row(row), resultGradient.Row(row), gateGradient.Row(row), upGradient.Row(row)));
    }

    /// <summary>The gradients of <see cref="SiluProduct(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>.</summary>
    /// <param name="gate">[n]</param>
    /// <param name="up">[n]</param>
    /// <param name="resultGradient">[n]</param>
    /// <param name="gateGradient">[n] Overwritten; may be any input.</param>
    /// <param name="upGradient">[n] Overwritten; may be any input, but not <paramref name="gateGradient"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void SiluProductBackward(
        ReadOnlySpan<float> gate, ReadOnlySpan<float> up, ReadOnlySpan<float> resultGradient, Span<float> gateGradient, Span<float> upGradient)
    {
        Require.Equal(up.Length, gate.Length);
        Require.Equal(resultGradient.Length, gate.Length);
        Require.Equal(gateGradient.Length, gate.Length);
        Require.Equal(upGradient.Length, gate.Length);
        int lanes = Vector<float>.Count, i = 0;
        for (; i <= gate.Length - lanes; i += lanes)
        {
            SiluProductGradients(
                new Vector<float>(gate[i..]), new Vector<float>(up[i..]), new Vector<float>(resultGradient[i..]), out var dGate, out var dUp);
            dGate.CopyTo(gateGradient[i..]);
            dUp.CopyTo(upGradient[i..]);
        }

        if (i < gate.Length)
        {
            SiluProductGradients(
                ElementFunctions.LoadFirst(gate[i..]), ElementFunctions.LoadFirst(up[i..]), ElementFunctions.LoadFirst(resultGradient[i..]),
                out var dGate, out var dUp);
            ElementFunctions.StoreFirst(dGate, gateGradient[i..]);
            ElementFunctions.StoreFirst(dUp, upGradient[i..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SiluProductGradients(
        Vector<float> gate, Vector<float> up, Vector<float> gradient, out Vector<float> dGate, out Vector<float> dUp)
    {
        var sigmoid = VectorMath.Sigmoid(gate, out var complement);
        dGate = gradient * up * sigmoid * (Vector<float>.One + gate * complement);
        dUp = gradient * gate * sigmoid;
    }

    private readonly struct SiluProductFunction : IElementPairFunction
    {
        public static Vector<float> Apply(Vector<float> gate, Vector<float> up) => gate * VectorMath.Sigmoid(gate, out _) * up;
    }
}

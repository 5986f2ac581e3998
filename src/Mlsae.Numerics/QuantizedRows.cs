using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mlsae.Numerics;

/// <summary>
/// The rows of a matrix as 8-bit integers: row ≈ scale · q with q in −127 .. 127, and how far that is from the truth. Four integers lie in the place of a float, so that <see cref="Panels"/> packs them.
/// </summary>
/// <remarks>Needs AVX-512. Buffers grow and are kept; not for several threads at once.</remarks>
internal sealed class QuantizedRows
{
    private const float Largest = 127;

    // Rows of smaller numbers are not made integers: the product of two scales, or a square, would leave the range in which floats are exact to their last bit. Their error is the whole row.
    private const float LeastMaximum = 1e-12f;

    // Of larger ones the product of two norms would be infinite.
    private const float MostMaximum = 1e15f;
    private const int RowsTogether = 32;

    /// <summary>Norms are rounded up by this, which is far more than their sums can be wrong by.</summary>
    private const float Up = 1.0002f;

    private readonly int _offset;
    private readonly Action<int> _body;
    private Matrix _source = Matrix.None;

    /// <summary>Rows without values.</summary>
    /// <param name="offset">is added to each integer: 128 where the processor takes them as unsigned</param>
    public QuantizedRows(int offset) => (_offset, _body) = (offset, QuantizeBlock);

    /// <summary>[rows × ⌈depth / 4⌉] the integers, four in each place.</summary>
    public Matrix Integers { get; private set; } = Matrix.None;

    /// <summary>[rows, filled up to whole registers with 0] scale.</summary>
    public float[] Scales { get; private set; } = [];

    /// <summary>[likewise] At least ‖row‖; infinite where the row has an element that is not finite or too large.</summary>
    public float[] Norms { get; private set; } = [];

    /// <summary>[likewise] At least ‖row − scale · q‖.</summary>
    public float[] ErrorNorms { get; private set; } = [];

    /// <summary>[likewise] −128 · Σq: what the products of these rows with others begin with, whose integers are greater by 128.</summary>
    public int[] Starts { get; private set; } = [];

    /// <summary>Takes the rows of a matrix.</summary>
    public void Set(Matrix source)
    {
        int places = Sizes.Blocks(source.Columns, 4), padded = Sizes.RoundUp(source.Rows, Vector512<float>.Count);
        if (Integers.Rows < source.Rows || Integers.Columns != places)
        {
            Integers = Matrix.Aligned(source.Rows, places);
        }

        if (Scales.Length < padded)
        {
            (Scales, Norms, ErrorNorms, Starts) = (new float[padded], new float[padded], new float[padded], new int[padded]);
        }

        _source = source;
        Workers.For(Sizes.Blocks(source.Rows, RowsTogether), _body);
        _source = Matrix.None;
        for (int row = source.Rows; row < padded; row++)
        {
            (Scales[row], Norms[row], ErrorNorms[row], Starts[row]) = (0, 0, 0, 0);
        }
    }

    private void QuantizeBlock(int block)
    {
        for (int row = block * RowsTogether; row < Math.Min(_source.Rows, (block + 1) * RowsTogether); row++)
        {
            Quantize(row);
        }
    }

    private void Quantize(int row)
    {
        var source = _source.Row(row);
        var integers = MemoryMarshal.AsBytes(Integers.Row(row));
        float maximum = Maximum(source);
        if (!(maximum <= MostMaximum))
        {
            integers.Clear();
            (Scales[row], Norms[row], ErrorNorms[row], Starts[row]) = (0, float.PositiveInfinity, float.PositiveInfinity, 0);
            return;
        }

        if (maximum < LeastMaximum)
        {
            float most = Up * maximum * MathF.Sqrt(source.Length) + float.Epsilon;
            integers.Fill((byte)_offset);
            (Scales[row], Norms[row], ErrorNorms[row], Starts[row]) = (0, most, most, 0);
            return;
        }

        float scale = maximum / Largest, inverse = Largest / maximum;
        ref float first = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(integers);
        Vector512<float> squares = Vector512<float>.Zero, errors = squares, minus = Vector512.Create(-scale), factor = Vector512.Create(inverse);
        Vector512<int> sums = Vector512<int>.Zero, offset = Vector512.Create(_offset);
        int i = 0;
        for (; i + 16 <= source.Length; i += 16)
        {
            var x = Vector512.LoadUnsafe(ref first, (nuint)i);
            var q = Avx512F.ConvertToVector512Int32(x * factor);
            var error = Avx512F.FusedMultiplyAdd(Avx512F.ConvertToVector512Single(q), minus, x);
            squares = Avx512F.FusedMultiplyAdd(x, x, squares);
            errors = Avx512F.FusedMultiplyAdd(error, error, errors);
            sums += q;
            Avx512F.ConvertToVector128Byte((q + offset).AsUInt32()).StoreUnsafe(ref to, (nuint)i);
        }

        float square = Vector512.Sum(squares), errorSquare = Vector512.Sum(errors);
        int sum = Vector512.Sum(sums);
        for (; i < source.Length; i++)
        {
            int q = (int)MathF.Round(source[i] * inverse);
            float error = MathF.FusedMultiplyAdd(q, -scale, source[i]);
            (square, errorSquare, sum) = (square + source[i] * source[i], errorSquare + error * error, sum + q);
            Unsafe.Add(ref to, i) = (byte)(q + _offset);
        }

        integers[source.Length..].Clear();
        (Scales[row], Norms[row], ErrorNorms[row], Starts[row]) = (scale, Up * MathF.Sqrt(square) + float.Epsilon, Up * MathF.Sqrt(errorSquare) + float.Epsilon, -128 * sum);
    }

    /// <summary>The largest magnitude; NaN where there is one.</summary>
    private static float Maximum(ReadOnlySpan<float> values)
    {
        ref float first = ref MemoryMarshal.GetReference(values);
        Vector512<float> largest = Vector512<float>.Zero, infinity = Vector512.Create(float.PositiveInfinity);
        int i = 0;
        for (; i + 16 <= values.Length; i += 16)
        {
            var magnitude = Vector512.Abs(Vector512.LoadUnsafe(ref first, (nuint)i));
            // NaN would be lost in a maximum; as infinity it is not.
            largest = Avx512F.Max(Vector512.ConditionalSelect(Vector512.Equals(magnitude, magnitude), magnitude, infinity), largest);
        }

        float maximum = 0;
        for (int lane = 0; lane < 16; lane++)
        {
            maximum = MathF.Max(maximum, largest[lane]);
        }

        for (; i < values.Length; i++)
        {
            maximum = MathF.Max(maximum, MathF.Abs(values[i]));
        }

        return maximum;
    }
}

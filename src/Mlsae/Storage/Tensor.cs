using System.Runtime.InteropServices;
using Mlsae.Numerics;

namespace Mlsae.Storage;

/// <summary>The element types of a safetensors file that this project reads and writes.</summary>
public enum ElementType
{
    /// <summary>64-bit float.</summary>
    F64,

    /// <summary>32-bit float.</summary>
    F32,

    /// <summary>16-bit float, IEEE half precision.</summary>
    F16,

    /// <summary>16-bit float with the exponent of F32.</summary>
    BF16,

    /// <summary>64-bit signed integer.</summary>
    I64,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>16-bit signed integer.</summary>
    I16,

    /// <summary>8-bit signed integer.</summary>
    I8,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>One byte, 0 or 1.</summary>
    BOOL,
}

/// <summary>A named tensor as it is written to a file: little-endian, row-major.</summary>
/// <param name="Name">its name in the file</param>
/// <param name="Type">its element type</param>
/// <param name="Shape">its axes; empty for a scalar</param>
/// <param name="Bytes">the elements</param>
public sealed record Tensor(string Name, ElementType Type, long[] Shape, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>A 32-bit float tensor; copies <paramref name="values"/>.</summary>
    public static Tensor Of(string name, ReadOnlySpan<float> values, params long[] shape) => Create(name, ElementType.F32, values, shape);

    /// <summary>A 64-bit float tensor; copies <paramref name="values"/>.</summary>
    public static Tensor Of(string name, ReadOnlySpan<double> values, params long[] shape) => Create(name, ElementType.F64, values, shape);

    /// <summary>A 64-bit integer tensor; copies <paramref name="values"/>.</summary>
    public static Tensor Of(string name, ReadOnlySpan<long> values, params long[] shape) => Create(name, ElementType.I64, values, shape);

    /// <summary>A 32-bit integer tensor; copies <paramref name="values"/>.</summary>
    public static Tensor Of(string name, ReadOnlySpan<int> values, params long[] shape) => Create(name, ElementType.I32, values, shape);

    /// <summary>A tensor of half-precision floats, each the nearest to its value.</summary>
    public static Tensor OfHalf(string name, ReadOnlySpan<float> values, params long[] shape)
    {
        var halves = new Half[values.Length];
        for (int i = 0; i < halves.Length; i++)
        {
            halves[i] = (Half)values[i];
        }

        return Create<Half>(name, ElementType.F16, halves, shape);
    }

    /// <summary>A tensor of BF16 floats, each the nearest to its value.</summary>
    public static Tensor OfBrainFloat(string name, ReadOnlySpan<float> values, params long[] shape)
    {
        var halves = new ushort[values.Length];
        for (int i = 0; i < halves.Length; i++)
        {
            halves[i] = ElementConversion.ToBrainFloat(values[i]);
        }

        return Create<ushort>(name, ElementType.BF16, halves, shape);
    }

    /// <summary>A tensor of bytes; copies <paramref name="values"/>.</summary>
    public static Tensor Of(string name, ReadOnlySpan<byte> values, params long[] shape) => Create(name, ElementType.U8, values, shape);

    /// <summary>A matrix [rows × columns] of 32-bit floats; copies it.</summary>
    public static Tensor Of(string name, Matrix matrix) =>
        Of(name, (matrix.IsContiguous ? matrix : matrix.Copy()).AsSpan(), matrix.Rows, matrix.Columns);

    private static Tensor Create<T>(string name, ElementType type, ReadOnlySpan<T> values, long[] shape)
        where T : unmanaged
    {
        long count = shape.Aggregate(1L, (product, size) => checked(product * size));
        return count == values.Length
            ? new Tensor(name, type, shape, MemoryMarshal.AsBytes(values).ToArray())
            : throw new ArgumentException($"{name} has shape [{string.Join(", ", shape)}] but {values.Length} values.");
    }
}

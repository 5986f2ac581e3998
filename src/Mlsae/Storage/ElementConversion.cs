using System.Numerics;
using System.Runtime.InteropServices;

namespace Mlsae.Storage;

/// <summary>Sizes of element types, and the conversion of stored bytes to numbers.</summary>
internal static class ElementConversion
{
    /// <summary>Bytes of one element.</summary>
    internal static int ByteSize(this ElementType type) => type switch
    {
        ElementType.F64 or ElementType.I64 => 8,
        ElementType.F32 or ElementType.I32 => 4,
        ElementType.F16 or ElementType.BF16 or ElementType.I16 => 2,
        _ => 1,
    };

    /// <summary>Whether the type holds integers, BOOL among them.</summary>
    internal static bool IsInteger(this ElementType type) =>
        type is not (ElementType.F64 or ElementType.F32 or ElementType.F16 or ElementType.BF16);

    /// <summary>Converts as many stored elements as <paramref name="destination"/> holds.</summary>
    /// <param name="type">what the bytes hold</param>
    /// <param name="source">[n · bytes of the type] little-endian, at any alignment</param>
    /// <param name="destination">[n] Overwritten.</param>
    internal static void Convert<T>(ElementType type, ReadOnlySpan<byte> source, Span<T> destination)
        where T : unmanaged, INumber<T>
    {
        switch (type)
        {
            case ElementType.F64: From<double, T>(source, destination); break;
            case ElementType.F32: From<float, T>(source, destination); break;
            case ElementType.F16: From<Half, T>(source, destination); break;
            case ElementType.BF16: FromBrainFloat(source, destination); break;
            case ElementType.I64: From<long, T>(source, destination); break;
            case ElementType.I32: From<int, T>(source, destination); break;
            case ElementType.I16: From<short, T>(source, destination); break;
            case ElementType.I8: From<sbyte, T>(source, destination); break;
            case ElementType.U8: From<byte, T>(source, destination); break;
            default: FromBool(source, destination); break;
        }
    }

    /// <summary>The upper half of a 32-bit float, rounded to nearest, ties to even. NaN stays NaN.</summary>
    internal static ushort ToBrainFloat(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value)
            ? (ushort)((bits >> 16) | 0x40)
            : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static void From<TSource, T>(ReadOnlySpan<byte> source, Span<T> destination)
        where TSource : unmanaged, INumber<TSource>
        where T : unmanaged, INumber<T>
    {
        var values = MemoryMarshal.Cast<byte, TSource>(source);
        if (typeof(TSource) == typeof(T))
        {
            MemoryMarshal.Cast<TSource, T>(values).CopyTo(destination);
            return;
        }

        for (int i = 0; i < values.Length; i++)
        {
            destination[i] = T.CreateTruncating(values[i]);
        }
    }

    private static void FromBrainFloat<T>(ReadOnlySpan<byte> source, Span<T> destination)
        where T : unmanaged, INumber<T>
    {
        var halves = MemoryMarshal.Cast<byte, ushort>(source);
        for (int i = 0; i < halves.Length; i++)
        {
            destination[i] = T.CreateTruncating(BitConverter.UInt32BitsToSingle((uint)halves[i] << 16));
        }
    }

    private static void FromBool<T>(ReadOnlySpan<byte> source, Span<T> destination)
        where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = source[i] == 0 ? T.Zero : T.One;
        }
    }
}

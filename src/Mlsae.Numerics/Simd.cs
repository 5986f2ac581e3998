using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mlsae.Numerics;

/// <summary>16 lanes: AVX-512. Asked for by Avx512F.IsSupported, as Vector512.IsHardwareAccelerated is false on processors that merely clock lower with it.</summary>
internal readonly struct Simd512 : ISimd<Vector512<float>>
{
    public static bool IsSupported => Avx512F.IsSupported;

    public static int Lanes => 16;

    public static int TileRows => 12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ref readonly float source, nuint offset) => Vector512.LoadUnsafe(in source, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, ref float destination, nuint offset) => value.StoreUnsafe(ref destination, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> x, Vector512<float> y) => Avx512F.Add(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> x, Vector512<float> y) => Avx512F.Multiply(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> x, Vector512<float> y, Vector512<float> z) => Avx512F.FusedMultiplyAdd(x, y, z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float x, float y, float z) => MathF.FusedMultiplyAdd(x, y, z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Larger(Vector512<float> x, Vector512<float> y) => Avx512F.Max(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> x) => Vector512.Sum(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint NotAtMost(Vector512<float> x, Vector512<float> y) => (uint)Avx512F.CompareNotLessThanOrEqual(x, y).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Gather(Vector512<float> values, Vector512<float> threshold, int place, ref float keptValues, ref int keptPlaces)
    {
        Vector512<float> mask = Avx512F.CompareNotLessThanOrEqual(values, threshold);
        Avx512F.Compress(Vector512<float>.Zero, mask, values).StoreUnsafe(ref keptValues);
        Avx512F.Compress(Vector512<int>.Zero, mask.AsInt32(), Vector512<int>.Indices + Vector512.Create(place)).StoreUnsafe(ref keptPlaces);
        return BitOperations.PopCount(mask.ExtractMostSignificantBits());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Keep(Vector512<float> values, ref int places, Vector512<float> threshold, ref float keptValues, ref int keptPlaces)
    {
        Vector512<float> mask = Avx512F.CompareNotLessThanOrEqual(values, threshold);
        Vector512<int> all = Vector512.LoadUnsafe(ref places);
        Avx512F.Compress(Vector512<float>.Zero, mask, values).StoreUnsafe(ref keptValues);
        Avx512F.Compress(Vector512<int>.Zero, mask.AsInt32(), all).StoreUnsafe(ref keptPlaces);
        return BitOperations.PopCount(mask.ExtractMostSignificantBits());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Compress(Vector512<float> values, uint bits, ref float kept)
    {
        Vector512<uint> lane = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
        Vector512<uint> mask = Vector512.Equals(Vector512.Create(bits) & lane, lane);
        Avx512F.Compress(Vector512<float>.Zero, mask.AsSingle(), values).StoreUnsafe(ref kept);
        return BitOperations.PopCount(bits);
    }
}

/// <summary>8 lanes: AVX2 with FMA.</summary>
internal readonly struct Simd256 : ISimd<Vector256<float>>
{
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static int Lanes => 8;

    public static int TileRows => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(ref readonly float source, nuint offset) => Vector256.LoadUnsafe(in source, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, ref float destination, nuint offset) => value.StoreUnsafe(ref destination, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> x, Vector256<float> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> x, Vector256<float> y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> x, Vector256<float> y, Vector256<float> z) => Fma.MultiplyAdd(x, y, z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float x, float y, float z) => MathF.FusedMultiplyAdd(x, y, z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Larger(Vector256<float> x, Vector256<float> y) => Avx.Max(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> x) => Vector256.Sum(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint NotAtMost(Vector256<float> x, Vector256<float> y) => (~Vector256.LessThanOrEqual(x, y)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Keep(Vector256<float> values, ref int places, Vector256<float> threshold, ref float keptValues, ref int keptPlaces)
    {
        int count = 0;
        for (uint bits = NotAtMost(values, threshold); bits != 0; bits &= bits - 1)
        {
            int lane = BitOperations.TrailingZeroCount(bits);
            Unsafe.Add(ref keptValues, count) = values[lane];
            Unsafe.Add(ref keptPlaces, count++) = Unsafe.Add(ref places, lane);
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Compress(Vector256<float> values, uint bits, ref float kept)
    {
        int count = 0;
        for (; bits != 0; bits &= bits - 1)
        {
            Unsafe.Add(ref kept, count++) = values[BitOperations.TrailingZeroCount(bits)];
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Gather(Vector256<float> values, Vector256<float> threshold, int place, ref float keptValues, ref int keptPlaces)
    {
        int count = 0;
        for (uint bits = NotAtMost(values, threshold); bits != 0; bits &= bits - 1)
        {
            int lane = BitOperations.TrailingZeroCount(bits);
            Unsafe.Add(ref keptValues, count) = values[lane];
            Unsafe.Add(ref keptPlaces, count++) = place + lane;
        }

        return count;
    }
}

/// <summary>4 lanes: whatever the platform has at 128 bits, with or without fused multiplication.</summary>
internal readonly struct Simd128 : ISimd<Vector128<float>>
{
    public static bool IsSupported => Vector128.IsHardwareAccelerated;

    public static int Lanes => 4;

    public static int TileRows => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(ref readonly float source, nuint offset) => Vector128.LoadUnsafe(in source, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> value, ref float destination, nuint offset) => value.StoreUnsafe(ref destination, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> x, Vector128<float> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> x, Vector128<float> y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> x, Vector128<float> y, Vector128<float> z) => Vector128.MultiplyAddEstimate(x, y, z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float x, float y, float z) => float.MultiplyAddEstimate(x, y, z);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Larger(Vector128<float> x, Vector128<float> y) => Vector128.MaxNative(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector128<float> x) => Vector128.Sum(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint NotAtMost(Vector128<float> x, Vector128<float> y) => (~Vector128.LessThanOrEqual(x, y)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Keep(Vector128<float> values, ref int places, Vector128<float> threshold, ref float keptValues, ref int keptPlaces)
    {
        int count = 0;
        for (uint bits = NotAtMost(values, threshold); bits != 0; bits &= bits - 1)
        {
            int lane = BitOperations.TrailingZeroCount(bits);
            Unsafe.Add(ref keptValues, count) = values[lane];
            Unsafe.Add(ref keptPlaces, count++) = Unsafe.Add(ref places, lane);
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Compress(Vector128<float> values, uint bits, ref float kept)
    {
        int count = 0;
        for (; bits != 0; bits &= bits - 1)
        {
            Unsafe.Add(ref kept, count++) = values[BitOperations.TrailingZeroCount(bits)];
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Gather(Vector128<float> values, Vector128<float> threshold, int place, ref float keptValues, ref int keptPlaces)
    {
        int count = 0;
        for (uint bits = NotAtMost(values, threshold); bits != 0; bits &= bits - 1)
        {
            int lane = BitOperations.TrailingZeroCount(bits);
            Unsafe.Add(ref keptValues, count) = values[lane];
            Unsafe.Add(ref keptPlaces, count++) = place + lane;
        }

        return count;
    }
}

/// <summary>One lane, where there are no vectors at all.</summary>
internal readonly struct SimdScalar : ISimd<float>
{
    public static int Lanes => 1;

    public static int TileRows => 6;

    public static float Broadcast(float value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(ref readonly float source, nuint offset) => Unsafe.Add(ref Unsafe.AsRef(in source), offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float value, ref float destination, nuint offset) => Unsafe.Add(ref destination, offset) = value;

    public static float Add(float x, float y) => x + y;

    public static float Multiply(float x, float y) => x * y;

    public static float MultiplyAdd(float x, float y, float z) => x * y + z;

    public static float Larger(float x, float y) => x > y ? x : y;

    public static float Sum(float x) => x;

    public static uint NotAtMost(float x, float y) => x <= y ? 0u : 1u;

    public static int Keep(float values, ref int places, float threshold, ref float keptValues, ref int keptPlaces)
    {
        (keptValues, keptPlaces) = (values, places);
        return values <= threshold ? 0 : 1;
    }

    public static int Compress(float values, uint bits, ref float kept)
    {
        kept = values;
        return (int)bits;
    }

    public static int Gather(float values, float threshold, int place, ref float keptValues, ref int keptPlaces)
    {
        (keptValues, keptPlaces) = (values, place);
        return values <= threshold ? 0 : 1;
    }
}

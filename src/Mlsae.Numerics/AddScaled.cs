using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>y[i] += scale · x[i].</summary>
    /// <param name="x">[n]</param>
    /// <param name="scale">factor of every element</param>
    /// <param name="y">[n] Accumulated into. Either is apart from <paramref name="x"/> or begins where it begins.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void AddScaled(ReadOnlySpan<float> x, float scale, Span<float> y)
    {
        Require.Equal(y.Length, x.Length);
        if (Simd512.IsSupported)
        {
            AddScaled<Simd512, Vector512<float>>(x, scale, y);
        }
        else if (Simd256.IsSupported)
        {
            AddScaled<Simd256, Vector256<float>>(x, scale, y);
        }
        else if (Simd128.IsSupported)
        {
            AddScaled<Simd128, Vector128<float>>(x, scale, y);
        }
        else
        {
            AddScaled<SimdScalar, float>(x, scale, y);
        }
    }

    /// <summary>y[i] += x[i].</summary>
    /// <param name="x">[n]</param>
    /// <param name="y">[n] Accumulated into. Either is apart from <paramref name="x"/> or begins where it begins.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Add(ReadOnlySpan<float> x, Span<float> y)
    {
        Require.Equal(y.Length, x.Length);
        int lanes = Vector<float>.Count, i = 0;
        for (; i <= x.Length - lanes; i += lanes)
        {
            (new Vector<float>(x[i..]) + new Vector<float>(y[i..])).CopyTo(y[i..]);
        }

        for (; i < x.Length; i++)
        {
            y[i] += x[i];
        }
    }

    /// <summary>x[i] ← scale · x[i].</summary>
    /// <param name="x">[n] Overwritten.</param>
    /// <param name="scale">factor of every element</param>
    public static void Scale(Span<float> x, float scale)
    {
        int lanes = Vector<float>.Count, i = 0;
        for (; i <= x.Length - lanes; i += lanes)
        {
            (new Vector<float>(x[i..]) * scale).CopyTo(x[i..]);
        }

        for (; i < x.Length; i++)
        {
            x[i] *= scale;
        }
    }

    private static void AddScaled<TSimd, TVector>(ReadOnlySpan<float> x, float scale, Span<float> y)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ref float px = ref MemoryMarshal.GetReference(x);
        ref float py = ref MemoryMarshal.GetReference(y);
        nuint lanes = (nuint)TSimd.Lanes, length = (nuint)x.Length, i = 0;
        TVector factor = TSimd.Broadcast(scale);
        for (; i + lanes <= length; i += lanes)
        {
            TSimd.Store(TSimd.MultiplyAdd(TSimd.Load(in px, i), factor, TSimd.Load(in py, i)), ref py, i);
        }

        for (; i < length; i++)
        {
            Unsafe.Add(ref py, i) = TSimd.MultiplyAdd(Unsafe.Add(ref px, i), scale, Unsafe.Add(ref py, i));
        }
    }
}

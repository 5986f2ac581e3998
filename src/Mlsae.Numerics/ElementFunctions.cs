using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mlsae.Numerics;

/// <summary>A function of one element.</summary>
internal interface IElementFunction
{
    /// <summary>The function of every lane.</summary>
    static abstract Vector<float> Apply(Vector<float> x);
}

/// <summary>A function of two elements.</summary>
internal interface IElementPairFunction
{
    /// <summary>The function of every pair of lanes.</summary>
    static abstract Vector<float> Apply(Vector<float> x, Vector<float> y);
}

/// <summary>Loops that apply a function to every element. The last elements, fewer than lanes, run through the same code in a vector filled up with zeros.</summary>
internal static class ElementFunctions
{
    /// <summary>result[i] = f(x[i]).</summary>
    public static void Map<TFunction>(ReadOnlySpan<float> x, Span<float> result)
        where TFunction : struct, IElementFunction
    {
        Require.Equal(result.Length, x.Length);
        var vx = MemoryMarshal.Cast<float, Vector<float>>(x);
        var vResult = MemoryMarshal.Cast<float, Vector<float>>(result)[..vx.Length];
        for (int i = 0; i < vx.Length; i++)
        {
            vResult[i] = TFunction.Apply(vx[i]);
        }

        int done = vx.Length * Vector<float>.Count;
        if (done < x.Length)
        {
            StoreFirst(TFunction.Apply(LoadFirst(x[done..])), result[done..]);
        }
    }

    /// <summary>result[i] = f(x[i], y[i]).</summary>
    public static void Map<TFunction>(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> result)
        where TFunction : struct, IElementPairFunction
    {
        Require.Equal(y.Length, x.Length);
        Require.Equal(result.Length, x.Length);
        var vx = MemoryMarshal.Cast<float, Vector<float>>(x);
        var vy = MemoryMarshal.Cast<float, Vector<float>>(y)[..vx.Length];
        var vResult = MemoryMarshal.Cast<float, Vector<float>>(result)[..vx.Length];
        for (int i = 0; i < vx.Length; i++)
        {
            vResult[i] = TFunction.Apply(vx[i], vy[i]);
        }

        int done = vx.Length * Vector<float>.Count;
        if (done < x.Length)
        {
            StoreFirst(TFunction.Apply(LoadFirst(x[done..]), LoadFirst(y[done..])), result[done..]);
        }
    }

    /// <summary>A vector of fewer elements than it has lanes, filled up with <paramref name="filling"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector<float> LoadFirst(ReadOnlySpan<float> x, float filling = 0)
    {
        Span<float> lanes = stackalloc float[Vector<float>.Count];
        lanes.Fill(filling);
        x.CopyTo(lanes);
        return new Vector<float>(lanes);
    }

    /// <summary>The first lanes of a vector, as many as <paramref name="result"/> has elements.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StoreFirst(Vector<float> x, Span<float> result)
    {
        Span<float> lanes = stackalloc float[Vector<float>.Count];
        x.CopyTo(lanes);
        lanes[..result.Length].CopyTo(result);
    }
}

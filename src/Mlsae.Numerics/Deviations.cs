using System.Numerics;
using System.Runtime.InteropServices;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>sums[i] += x[i], in double.</summary>
    /// <param name="x">[n]</param>
    /// <param name="sums">[n] Accumulated into.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void AddTo(ReadOnlySpan<float> x, Span<double> sums)
    {
        Require.Equal(sums.Length, x.Length);
        var vx = MemoryMarshal.Cast<float, Vector<float>>(x);
        var vs = MemoryMarshal.Cast<double, Vector<double>>(sums);
        for (int i = 0; i < vx.Length; i++)
        {
            Vector.Widen(vx[i], out var low, out var high);
            vs[2 * i] += low;
            vs[2 * i + 1] += high;
        }

        for (int i = vx.Length * Vector<float>.Count; i < x.Length; i++)
        {
            sums[i] += x[i];
        }
    }

    /// <summary>sums[i] += (x[i] − means[i])², in double.</summary>
    /// <param name="x">[n]</param>
    /// <param name="means">[n]</param>
    /// <param name="sums">[n] Accumulated into.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void AddSquaredDeviations(ReadOnlySpan<float> x, ReadOnlySpan<double> means, Span<double> sums)
    {
        Require.Equal(means.Length, x.Length);
        Require.Equal(sums.Length, x.Length);
        var vx = MemoryMarshal.Cast<float, Vector<float>>(x);
        var vm = MemoryMarshal.Cast<double, Vector<double>>(means);
        var vs = MemoryMarshal.Cast<double, Vector<double>>(sums);
        for (int i = 0; i < vx.Length; i++)
        {
            Vector.Widen(vx[i], out var low, out var high);
            low -= vm[2 * i];
            high -= vm[2 * i + 1];
            vs[2 * i] += low * low;
            vs[2 * i + 1] += high * high;
        }

        for (int i = vx.Length * Vector<float>.Count; i < x.Length; i++)
        {
            sums[i] += (x[i] - means[i]) * (x[i] - means[i]);
        }
    }
}

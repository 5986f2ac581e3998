using System.Numerics;
using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>Sums of the residual stream.</summary>
internal static class Residual
{
    /// <summary>result = x + y; result may be either.</summary>
    public static void Add(Matrix x, Matrix y, Matrix result) => Workers.ForBlocks(x.Rows, 128, (start, end) =>
    {
        for (int row = start; row < end; row++)
        {
            Add(x.Row(row), y.Row(row), result.Row(row));
        }
    });

    private static void Add(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> result)
    {
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(x[i..]) + new Vector<float>(y[i..])).CopyTo(result[i..]);
        }

        for (; i < x.Length; i++)
        {
            result[i] = x[i] + y[i];
        }
    }
}

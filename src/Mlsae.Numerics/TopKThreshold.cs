using System.Numerics;

namespace Mlsae.Numerics;

/// <summary>Counting and bounding of many values at once, for selections that need no order.</summary>
internal static class TopKThreshold<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int Halvings = 14;

    /// <summary>How many of the values are not at most <paramref name="threshold"/>: larger, or NaN.</summary>
    /// <param name="values">the first value</param>
    /// <param name="length">how many, a multiple of the lanes</param>
    /// <param name="threshold">what to compare with</param>
    public static int Count(ref float values, int length, float threshold)
    {
        TVector level = TSimd.Broadcast(threshold);
        int count = 0;
        for (int i = 0; i < length; i += TSimd.Lanes)
        {
            count += BitOperations.PopCount(TSimd.NotAtMost(TSimd.Load(in values, (nuint)i), level));
        }

        return count;
    }

    /// <summary>A threshold that at least <paramref name="k"/> of the values exceed, and seldom many more; NaN where halving does not lead to one.</summary>
    /// <param name="values">the first value</param>
    /// <param name="length">how many, a multiple of the lanes and at least k</param>
    /// <param name="k">how many must exceed the threshold</param>
    /// <param name="low">a threshold to begin from, or NaN</param>
    public static float Find(ref float values, int length, int k, float low)
    {
        (float smallest, float high) = Range(ref values, length);
        low = low >= smallest ? low : MathF.BitDecrement(smallest);
        if (!float.IsFinite(low) || !float.IsFinite(high) || Count(ref values, length, low) < k)
        {
            return float.NaN;
        }

        for (int halving = 0; halving < Halvings; halving++)
        {
            float middle = 0.5f * low + 0.5f * high;
            int count = Count(ref values, length, middle);
            if (count < k)
            {
                high = middle;
                continue;
            }

            low = middle;
            if (count <= k + k / 8 + 1)
            {
                break;
            }
        }

        return low;
    }

    /// <summary>A threshold that exactly <paramref name="k"/> of the values exceed; NaN where there is none or halving does not lead to it, as with equal values, infinities and NaN.</summary>
    /// <param name="values">the first value; −∞ stands for none</param>
    /// <param name="length">how many, a multiple of the lanes</param>
    /// <param name="k">how many must exceed the threshold, fewer than there are</param>
    public static float FindExact(ref float values, int length, int k)
    {
        (_, float high) = Range(ref values, length);
        float low = LeastFinite(ref values, length);
        for (int halving = 0; halving < 2 * Halvings && low < high; halving++)
        {
            float middle = 0.5f * low + 0.5f * high;
            int count = Count(ref values, length, middle);
            if (count == k)
            {
                return middle;
            }

            (low, high) = count < k ? (low, middle) : (middle, high);
        }

        return float.NaN;
    }

    private static float LeastFinite(ref float values, int length)
    {
        float least = float.PositiveInfinity;
        for (int i = 0; i < length; i++)
        {
            float value = System.Runtime.CompilerServices.Unsafe.Add(ref values, i);
            least = value < least && value > float.NegativeInfinity ? value : least;
        }

        return least;
    }

    private static (float Smallest, float Largest) Range(ref float values, int length)
    {
        TVector negative = TSimd.Broadcast(-1), largest = TSimd.Load(in values, 0), negated = TSimd.Multiply(largest, negative);
        for (int i = TSimd.Lanes; i < length; i += TSimd.Lanes)
        {
            TVector next = TSimd.Load(in values, (nuint)i);
            largest = TSimd.Larger(largest, next);
            negated = TSimd.Larger(negated, TSimd.Multiply(next, negative));
        }

        Span<float> lanes = stackalloc float[2 * TSimd.Lanes];
        TSimd.Store(largest, ref lanes[0], 0);
        TSimd.Store(negated, ref lanes[0], (nuint)TSimd.Lanes);
        float high = lanes[0], low = lanes[TSimd.Lanes];
        for (int i = 1; i < TSimd.Lanes; i++)
        {
            high = lanes[i] > high ? lanes[i] : high;
            low = lanes[TSimd.Lanes + i] > low ? lanes[TSimd.Lanes + i] : low;
        }

        return (-low, high);
    }
}

using System.Numerics;

namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>
    /// Rotary position embedding, in place: in every head, the pair (x[j], x[j + rotaryDims/2]) is turned by the angle of its position.
    /// The other dimensions of the head stay. The inverse rotation is the backward pass.
    /// </summary>
    /// <param name="x">[sequences·positions × heads·headStride] Overwritten; the last head may end before its stride does.</param>
    /// <param name="headStride">distance in columns between neighbouring heads: a head's width where they stand side by side</param>
    /// <param name="table">cosines and sines</param>
    /// <param name="positionsPerSequence">rows of one sequence</param>
    /// <param name="positionOffset">the position of each sequence's first row</param>
    /// <param name="inverse">turn the other way</param>
    /// <exception cref="ArgumentException">The rows are not whole sequences, a head is narrower than what is rotated, or the table too short.</exception>
    public static void Rotate(
        Matrix x, int headStride, RotaryTable table, int positionsPerSequence, int positionOffset = 0, bool inverse = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(headStride);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(positionsPerSequence);
        Require.Equal(x.Rows % positionsPerSequence, 0);
        Require.Within(positionOffset, positionsPerSequence, table.Positions);
        int heads = (x.Columns + headStride - 1) / headStride;
        Require.That(
            table.RotaryDims <= Math.Min(headStride, x.Columns - (heads - 1) * headStride),
            $"{table.RotaryDims} rotary dimensions do not fit into the heads of {x.Columns} columns at a distance of {headStride}.");
        ForRows(x.Rows, x.Columns, row =>
        {
            int position = positionOffset + row % positionsPerSequence;
            for (int head = 0; head < heads; head++)
            {
                var rotated = x.Row(row).Slice(head * headStride, table.RotaryDims);
                Rotate(rotated, table.Cosines.Row(position), table.Sines.Row(position), inverse);
            }
        });
    }

    /// <summary>Rotates one head: (a, b) becomes (a·cos − b·sin, b·cos + a·sin) for the halves a and b.</summary>
    /// <param name="x">[2·pairs] Overwritten.</param>
    /// <param name="cosines">[pairs]</param>
    /// <param name="sines">[pairs]</param>
    /// <param name="inverse">turn the other way</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Rotate(Span<float> x, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines, bool inverse = false)
    {
        Require.Equal(x.Length, 2 * cosines.Length);
        Require.Equal(sines.Length, cosines.Length);
        var a = x[..cosines.Length];
        var b = x[cosines.Length..];
        float sign = inverse ? -1 : 1;
        int lanes = Vector<float>.Count, i = 0;
        for (; i <= a.Length - lanes; i += lanes)
        {
            Vector<float> va = new(a[i..]), vb = new(b[i..]), cosine = new(cosines[i..]), sine = new Vector<float>(sines[i..]) * sign;
            (va * cosine - vb * sine).CopyTo(a[i..]);
            (vb * cosine + va * sine).CopyTo(b[i..]);
        }

        for (; i < a.Length; i++)
        {
            float sine = sines[i] * sign;
            (a[i], b[i]) = (a[i] * cosines[i] - b[i] * sine, b[i] * cosines[i] + a[i] * sine);
        }
    }
}

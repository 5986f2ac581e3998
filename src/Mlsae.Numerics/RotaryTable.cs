namespace Mlsae.Numerics;

/// <summary>Cosines and sines of rotary position embeddings (Su et al., 2021): the angle of position p and pair j is p·frequency[j].</summary>
public sealed class RotaryTable
{
    /// <summary>The table for the usual frequencies, theta^(−2j / rotaryDims).</summary>
    /// <param name="positions">positions from 0 that the table reaches</param>
    /// <param name="rotaryDims">how many of a head's first dimensions are rotated; even</param>
    /// <param name="theta">the base: 10,000 unless a model says otherwise</param>
    /// <exception cref="ArgumentException">A size is negative, or <paramref name="rotaryDims"/> odd.</exception>
    public RotaryTable(int positions, int rotaryDims, double theta = 10000)
        : this(positions, Frequencies(rotaryDims, theta))
    {
    }

    /// <summary>The table for given frequencies, such as those of a model with a stretched context.</summary>
    /// <param name="positions">positions from 0 that the table reaches</param>
    /// <param name="frequencies">[rotaryDims / 2] radians a position</param>
    /// <remarks>Frequency and angle are rounded to single precision as in the published models' own code: at position 2,000 that moves an
    /// angle by up to 10⁻⁴, and the weights were trained with it.</remarks>
    public RotaryTable(int positions, double[] frequencies)
    {
        int pairs = frequencies.Length;
        Cosines = new Matrix(positions, pairs);
        Sines = new Matrix(positions, pairs);
        for (int position = 0; position < positions; position++)
        {
            for (int pair = 0; pair < pairs; pair++)
            {
                float angle = position * (float)frequencies[pair];
                Cosines[position, pair] = (float)Math.Cos(angle);
                Sines[position, pair] = (float)Math.Sin(angle);
            }
        }
    }

    /// <summary>Positions that the table reaches.</summary>
    public int Positions => Cosines.Rows;

    /// <summary>How many of a head's first dimensions are rotated.</summary>
    public int RotaryDims => 2 * Cosines.Columns;

    /// <summary>[positions × rotaryDims / 2]</summary>
    public Matrix Cosines { get; }

    /// <summary>[positions × rotaryDims / 2]</summary>
    public Matrix Sines { get; }

    /// <summary>[rotaryDims / 2] theta^(−2j / rotaryDims), in radians a position.</summary>
    /// <exception cref="ArgumentException"><paramref name="rotaryDims"/> is negative or odd.</exception>
    public static double[] Frequencies(int rotaryDims, double theta)
    {
        Require.That(rotaryDims >= 0 && rotaryDims % 2 == 0, $"Rotary dimensions are rotated in pairs; {rotaryDims} of them is not an even number.");
        return [.. Enumerable.Range(0, rotaryDims / 2).Select(j => Math.Pow(theta, -2.0 * j / rotaryDims))];
    }
}

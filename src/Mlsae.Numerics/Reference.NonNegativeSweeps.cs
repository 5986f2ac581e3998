namespace Mlsae.Numerics;

public static partial class Reference
{
    /// <summary>One problem of <see cref="Kernels.NonNegativeSweeps"/>.</summary>
    /// <param name="gram">[n × n] G</param>
    /// <param name="target">[n] t</param>
    /// <param name="values">[n] where it begins</param>
    /// <param name="sweeps">over all coordinates</param>
    /// <returns>[n]</returns>
    public static double[] NonNegativeSweeps(Matrix gram, ReadOnlySpan<float> target, ReadOnlySpan<float> values, int sweeps)
    {
        var z = new double[values.Length];
        for (int j = 0; j < z.Length; j++)
        {
            z[j] = values[j];
        }

        for (int step = 0; step < sweeps * z.Length; step++)
        {
            int j = step % z.Length;
            double gradient = target[j];
            for (int i = 0; i < z.Length; i++)
            {
                gradient -= gram[j, i] * z[i];
            }

            z[j] = gram[j, j] == 0 ? 0 : Math.Max(0, z[j] + gradient / gram[j, j]);
        }

        return z;
    }
}

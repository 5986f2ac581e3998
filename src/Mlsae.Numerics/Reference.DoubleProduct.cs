namespace Mlsae.Numerics;

public static partial class Reference
{
    /// <summary>c + a · b, or c + aᵀ · b: <see cref="Kernels.AddProduct"/>.</summary>
    /// <param name="a">[m × k], or [k × m] where it is transposed</param>
    /// <param name="b">[k × n]</param>
    /// <param name="c">[m × n]</param>
    /// <param name="transposeA">whether a is given as [k × m]</param>
    /// <returns>[m × n]</returns>
    public static double[,] AddProduct(double[,] a, double[,] b, double[,] c, bool transposeA = false)
    {
        var result = (double[,])c.Clone();
        for (int i = 0; i < c.GetLength(0); i++)
        {
            for (int j = 0; j < c.GetLength(1); j++)
            {
                for (int term = 0; term < b.GetLength(0); term++)
                {
                    result[i, j] += (transposeA ? a[term, i] : a[i, term]) * b[term, j];
                }
            }
        }

        return result;
    }
}

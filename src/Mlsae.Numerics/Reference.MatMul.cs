namespace Mlsae.Numerics;

/// <summary>What each kernel computes, said once more as scalar double-precision loops: the definition that tests compare with. Slow on purpose.</summary>
public static partial class Reference
{
    /// <inheritdoc cref="Kernels.Dot"/>
    public static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        Require.Equal(y.Length, x.Length);
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += (double)x[i] * y[i];
        }

        return sum;
    }

    /// <summary>a · b.</summary>
    /// <param name="a">[m × k]</param>
    /// <param name="b">[k × n]</param>
    /// <returns>[m × n]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static double[,] MatMul(Matrix a, Matrix b) => MatMulTransposedB(a, Transposed(b));

    /// <summary>a · bᵀ.</summary>
    /// <param name="a">[m × k]</param>
    /// <param name="b">[n × k]</param>
    /// <returns>[m × n]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static double[,] MatMulTransposedB(Matrix a, Matrix b)
    {
        Require.Equal(b.Columns, a.Columns);
        var result = new double[a.Rows, b.Rows];
        for (int i = 0; i < a.Rows; i++)
        {
            for (int j = 0; j < b.Rows; j++)
            {
                result[i, j] = Dot(a.Row(i), b.Row(j));
            }
        }

        return result;
    }

    /// <summary>aᵀ · b.</summary>
    /// <param name="a">[k × m]</param>
    /// <param name="b">[k × n]</param>
    /// <returns>[m × n]</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static double[,] MatMulTransposedA(Matrix a, Matrix b) => MatMulTransposedB(Transposed(a), Transposed(b));

    private static Matrix Transposed(Matrix x)
    {
        var result = new Matrix(x.Columns, x.Rows);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
            {
                result[j, i] = x[i, j];
            }
        }

        return result;
    }
}

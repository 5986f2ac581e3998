namespace Mlsae.Numerics;

public static partial class Kernels
{
    /// <summary>Adds <paramref name="bias"/> to every row.</summary>
    /// <param name="x">[rows × d] Accumulated into.</param>
    /// <param name="bias">[d]</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void AddBias(Matrix x, float[] bias)
    {
        Require.Equal(bias.Length, x.Columns);
        ForRows(x.Rows, x.Columns, row => Add(bias, x.Row(row)));
    }

    /// <summary>The gradient of <see cref="AddBias"/>: the sum of the rows.</summary>
    /// <param name="gradient">[rows × d]</param>
    /// <param name="biasGradient">[d] Accumulated into.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void BiasGradient(Matrix gradient, float[] biasGradient)
    {
        Require.Equal(biasGradient.Length, gradient.Columns);
        SumOverRows(gradient.Rows, gradient.Columns, (row, sums) => Add(gradient.Row(row), sums), biasGradient);
    }

    /// <summary>y += x, for residual connections and their gradients.</summary>
    /// <param name="x">[rows × columns]</param>
    /// <param name="y">[rows × columns] Accumulated into.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static void Add(Matrix x, Matrix y)
    {
        RequireSameSize(y, x);
        ForRows(x.Rows, x.Columns, row => Add(x.Row(row), y.Row(row)));
    }
}

using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>FastICA with symmetric decorrelation and the log cosh contrast, in double. Hyvärinen 1999, equations 20 and 26; limits as scikit-learn's default, 200 iterations or a change below 1e-4.</summary>
internal static class FastIca
{
    private const int MostIterations = 200;
    private const double Tolerance = 1e-4;
    private const int RowsAtOnce = 1024;
    private const int RowBlock = 32;

    /// <summary>An orthogonal matrix whose rows make the whitened vectors' components as independent as they can be.</summary>
    /// <param name="whitened">[vectors × components] of mean 0 and covariance I</param>
    /// <param name="components">number of components</param>
    /// <param name="seed">of the matrix it begins with</param>
    /// <returns>[components × components]; after the last iteration even where that has not converged</returns>
    public static double[] Unmixing(double[] whitened, int components, ulong seed)
    {
        var random = new Philox(seed, "baseline.ica");
        var unmixing = new double[components * components];
        for (int i = 0; i < unmixing.Length; i++)
        {
            unmixing[i] = random.NextGaussian();
        }

        unmixing = Decorrelated(unmixing, components);
        for (int iteration = 0; iteration < MostIterations; iteration++)
        {
            double[] next = Decorrelated(Step(whitened, unmixing, components), components);
            double change = Change(unmixing, next, components);
            unmixing = next;
            if (change < Tolerance)
            {
                break;
            }
        }

        return unmixing;
    }

    /// <summary>w := E[x g(wᵀx)] − E[g'(wᵀx)] w for every row w, g = tanh.</summary>
    private static double[] Step(double[] whitened, double[] unmixing, int n)
    {
        int vectors = whitened.Length / n;
        double[] transposed = Transposed(unmixing, n), next = new double[n * n], slopes = new double[n];
        var buffer = new double[Math.Min(vectors, RowsAtOnce) * n];
        for (int start = 0; start < vectors; start += RowsAtOnce)
        {
            var x = whitened.AsMemory(start * n, Math.Min(RowsAtOnce, vectors - start) * n);
            var g = buffer.AsMemory(0, x.Length);
            g.Span.Clear();
            Kernels.AddProduct(x, transposed, g, n);
            Workers.ForBlocks(x.Length, RowBlock * n, (first, end) => Tanh(g.Span[first..end]));
            for (int i = 0; i < x.Length; i++)
            {
                slopes[i % n] += 1 - g.Span[i] * g.Span[i];
            }

            Kernels.AddProduct(g, x, next, n, transposeA: true);
        }

        for (int i = 0; i < next.Length; i++)
        {
            next[i] = (next[i] - slopes[i / n] * unmixing[i]) / vectors;
        }

        return next;
    }

    /// <summary>(W Wᵀ)^(−1/2) W = Vᵀ Λ^(−1/2) V W, with the eigenvalues Λ and eigenvectors V of W Wᵀ.</summary>
    private static double[] Decorrelated(double[] matrix, int n)
    {
        var gram = new double[n * n];
        Kernels.AddProduct(matrix, Transposed(matrix, n), gram, n);
        var (values, vectors) = SymmetricEigen.Of(gram, n);
        double[] rotated = new double[n * n], decorrelated = new double[n * n];
        Kernels.AddProduct(vectors, matrix, rotated, n);
        for (int i = 0; i < rotated.Length; i++)
        {
            rotated[i] /= Math.Sqrt(values[i / n]);
        }

        Kernels.AddProduct(vectors, rotated, decorrelated, n, transposeA: true);
        return decorrelated;
    }

    /// <summary>How far the rows have turned: the largest | |w·w'| − 1 |.</summary>
    private static double Change(double[] before, double[] after, int n)
    {
        double largest = 0;
        for (int row = 0; row < n; row++)
        {
            double product = 0;
            for (int i = row * n; i < (row + 1) * n; i++)
            {
                product += before[i] * after[i];
            }

            largest = Math.Max(largest, Math.Abs(Math.Abs(product) - 1));
        }

        return largest;
    }

    private static void Tanh(Span<double> values)
    {
        foreach (ref double value in values)
        {
            value = Math.Tanh(value);
        }
    }

    private static double[] Transposed(double[] matrix, int n)
    {
        var transposed = new double[n * n];
        for (int i = 0; i < matrix.Length; i++)
        {
            transposed[i % n * n + i / n] = matrix[i];
        }

        return transposed;
    }
}

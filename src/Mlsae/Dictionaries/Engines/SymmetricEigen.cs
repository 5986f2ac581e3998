using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Providers.LinearAlgebra;

namespace Mlsae.Dictionaries.Engines;

/// <summary>Eigenvalues and eigenvectors of a symmetric matrix.</summary>
internal static class SymmetricEigen
{
    // The managed provider gives the same bits on every machine; others that may be installed do not.
    static SymmetricEigen() => LinearAlgebraControl.UseManaged();

    /// <summary>The decomposition.</summary>
    /// <param name="symmetric">[n × n]</param>
    /// <param name="n">its size</param>
    /// <returns>[n] the eigenvalues, descending, and [n × n] the eigenvectors as rows in that order, of norm 1, each with its largest component positive</returns>
    public static (double[] Values, double[] Vectors) Of(double[] symmetric, int n)
    {
        var decomposition = Matrix<double>.Build.DenseOfColumnMajor(n, n, symmetric).Evd(Symmetricity.Symmetric);
        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => decomposition.EigenValues[i].Real)];
        var vectors = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            var column = decomposition.EigenVectors.Column(order[i]).AsArray() ?? decomposition.EigenVectors.Column(order[i]).ToArray();
            double sign = Sign(column);
            for (int j = 0; j < n; j++)
            {
                vectors[i * n + j] = sign * column[j];
            }
        }

        return ([.. order.Select(i => decomposition.EigenValues[i].Real)], vectors);
    }

    /// <summary>The sign of the component that is largest in absolute value, the first of several.</summary>
    public static double Sign(ReadOnlySpan<double> vector)
    {
        double largest = 0;
        foreach (double value in vector)
        {
            largest = Math.Abs(value) > Math.Abs(largest) ? value : largest;
        }

        return largest < 0 ? -1 : 1;
    }
}

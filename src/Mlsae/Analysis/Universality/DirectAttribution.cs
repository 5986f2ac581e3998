using Mlsae.Numerics;

namespace Mlsae.Analysis.Universality;

/// <summary>
/// What a unit did for the token that came next, by the direct path: a(t) = x(t)·v(next token), with x its activation and v its <see cref="LogitWeights"/>. Bricken et al. 2023 compare units of two models by it, which
/// asks for the same place and the same effect.
/// </summary>
public static class DirectAttribution
{
    /// <summary>The attributions of codes: the same entries with other values, which may be negative.</summary>
    /// <param name="codes">[rows]</param>
    /// <param name="next">[rows] the token after each</param>
    /// <param name="weights">[n_latents × vocabulary]</param>
    /// <exception cref="ArgumentException">The numbers of rows differ.</exception>
    public static SparseRows Of(SparseRows codes, int[] next, Matrix weights)
    {
        Require.Equal(next.Length, codes.Rows);
        var attributions = codes.Select([.. Enumerable.Range(0, codes.Rows)]);
        Workers.ForBlocks(codes.Rows, 256, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                var latents = attributions.RowIndices(row);
                var values = attributions.RowValues(row);
                for (int i = 0; i < latents.Length; i++)
                {
                    values[i] *= weights[latents[i], next[row]];
                }
            }
        });
        return attributions;
    }

    /// <summary>The attributions of neurons.</summary>
    /// <param name="neurons">[rows × d_mlp]</param>
    /// <param name="next">[rows] the token after each</param>
    /// <param name="weightsByToken">[vocabulary × d_mlp] their logit weights, a row for each token</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Matrix Of(Matrix neurons, int[] next, Matrix weightsByToken)
    {
        Require.Equal(next.Length, neurons.Rows);
        Require.Equal(weightsByToken.Columns, neurons.Columns);
        var attributions = new Matrix(neurons.Rows, neurons.Columns);
        Workers.ForBlocks(neurons.Rows, 256, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                var x = neurons.Row(row);
                var v = weightsByToken.Row(next[row]);
                var a = attributions.Row(row);
                for (int i = 0; i < a.Length; i++)
                {
                    a[i] = x[i] * v[i];
                }
            }
        });
        return attributions;
    }
}

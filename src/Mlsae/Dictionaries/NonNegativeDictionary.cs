using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>
/// z is the non-negative code that rebuilds x best: min ‖x − Hᵀz‖² over z ≥ 0, by <see cref="Sweeps"/> sweeps of coordinate descent from 0, where H has the directions, none with a negative component. What
/// non-negative matrix factorisation (Lee and Seung 2001) makes of a new vector.
/// </summary>
public sealed class NonNegativeDictionary : SparseDictionary
{
    /// <summary>Sweeps over all latents for each vector.</summary>
    public const int Sweeps = 50;

    private readonly Matrix _gram;

    /// <summary>A dictionary of given directions, which are not copied.</summary>
    /// <param name="config">sizes</param>
    /// <param name="directions">[n_latents × d_model] H, none negative</param>
    /// <exception cref="ArgumentException">The configuration is not valid, a component is negative, or the sizes do not fit.</exception>
    public NonNegativeDictionary(BaselineConfig config, Matrix directions)
        : base(config, directions, directions, new float[config.ModelDim], null)
    {
        Require.That(Lowest(directions) >= 0, "A direction has a component that is negative or no number; the directions of nmf are never negative.");
        _gram = new Matrix(directions.Rows, directions.Rows);
        Kernels.MatMulTransposedB(directions, directions, _gram);
    }

    /// <inheritdoc/>
    public override long ParameterCount => (long)LatentCount * ModelDim;

    /// <inheritdoc/>
    public override NonNegativeDictionary WithOrigin(DictionaryOrigin origin) => new((BaselineConfig)Config, Decoder) { Origin = origin };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The width is not d_model, or a component is negative.</exception>
    public override SparseRows Encode(Matrix x)
    {
        Require.Equal(x.Columns, ModelDim);
        RequireNonNegative(x, "the vectors");
        var (targets, values) = (new Matrix(x.Rows, LatentCount), new Matrix(x.Rows, LatentCount));
        Kernels.MatMulTransposedB(x, Decoder, targets);
        Kernels.NonNegativeSweeps(_gram, targets, values, Sweeps);
        return Positive(values);
    }

    /// <summary>The dictionary of a file.</summary>
    /// <exception cref="InvalidDataException">A direction has a negative component.</exception>
    internal static NonNegativeDictionary Read(BaselineConfig config, Matrix directions, string folder, DictionaryOrigin origin) => Lowest(directions) >= 0
        ? new NonNegativeDictionary(config, directions) { Origin = origin }
        : throw new InvalidDataException($"'{folder}': decoder.weight has components that are negative or no numbers; the directions of nmf are never negative.");

    /// <summary>Refuses vectors with negative components.</summary>
    /// <param name="x">[N × d_model]</param>
    /// <param name="what">what the sentence calls them</param>
    /// <exception cref="ArgumentException">There is one.</exception>
    internal static void RequireNonNegative(Matrix x, string what)
    {
        float lowest = Lowest(x);
        Require.That(!(lowest < 0), FormattableString.Invariant($"nmf is of vectors that are never negative, but {what} have {lowest:G3}; take those behind a ReLU."));
    }

    private static float Lowest(Matrix x)
    {
        float lowest = 0;
        for (int row = 0; row < x.Rows; row++)
        {
            foreach (float value in x.Row(row))
            {
                lowest = Math.Min(lowest, value);
            }
        }

        return lowest;
    }

    /// <summary>The entries above 0, and NaN, so that it shows.</summary>
    private static SparseRows Positive(Matrix values)
    {
        var codes = new SparseRows([.. Enumerable.Range(0, values.Rows).Select(row => CountPositive(values.Row(row)))]);
        for (int row = 0; row < values.Rows; row++)
        {
            int entry = codes.Start(row);
            for (int latent = 0; latent < values.Columns; latent++)
            {
                if (!(values[row, latent] <= 0))
                {
                    (codes.Indices[entry], codes.Values[entry]) = (latent, values[row, latent]);
                    entry++;
                }
            }
        }

        return codes;
    }

    private static int CountPositive(ReadOnlySpan<float> values)
    {
        int count = 0;
        foreach (float value in values)
        {
            count += value <= 0 ? 0 : 1;
        }

        return count;
    }
}

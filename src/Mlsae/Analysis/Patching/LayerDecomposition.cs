using Mlsae.Dictionaries;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Patching;

/// <summary>
/// How a dictionary splits the vectors of one layer into features that can be exchanged between two runs: x = Σ_d c_d v_d + error, in the transformer's own units. A feature is
/// a latent; of a dictionary in both directions (PCA, ICA, a rotation, the residual basis) it is a direction and its opposite together, so that its code is the signed score.
/// </summary>
/// <remarks>
/// A standardising dictionary also gives each vector its mean and its scale back: x̂ = scale · (Σ z_j f_j + pre-bias) + mean. What no latent carries is one feature more, the last:
/// with it, exchanging all features leaves exactly the error of one run and the reconstruction of the other. A pre-bias that is not scaled is the same for all vectors and stays with the error.
/// </remarks>
public sealed class LayerDecomposition
{
    private readonly SparseDictionary _dictionary;
    private readonly int _perDirection;

    private LayerDecomposition(string name, SparseDictionary dictionary, int firstLatent)
    {
        (Name, FirstLatent, _dictionary) = (name, firstLatent, dictionary);
        int latents = dictionary.LatentCount;
        _perDirection = IsInBothDirections(dictionary) ? latents / 2 : latents;
        Directions = new Matrix(dictionary.Config.Standardize ? latents + 2 : latents, dictionary.ModelDim);
        dictionary.Decoder.CopyTo(Directions.RowWindow(0, latents));
        if (dictionary.Config.Standardize)
        {
            Directions.Row(latents).Fill(1);
            dictionary.PreBias.CopyTo(Directions.Row(latents + 1));
        }
    }

    /// <summary>What figures and tables call it.</summary>
    public string Name { get; }

    /// <summary>Features that may be exchanged: the latents, or pairs of opposite ones, and of a standardising dictionary mean and scale together.</summary>
    public int FeatureCount => _perDirection + (_dictionary.Config.Standardize ? 1 : 0);

    /// <summary>The feature that is mean and scale; null where the dictionary does not standardise.</summary>
    public int? MeanAndScale => _dictionary.Config.Standardize ? _perDirection : null;

    /// <summary>Which of the layered dictionary's latents feature 0 is: those of per-layer dictionaries are numbered through.</summary>
    public int FirstLatent { get; }

    /// <summary>[directions × d_model] What each code is multiplied by.</summary>
    public Matrix Directions { get; }

    /// <summary>A dictionary's decomposition of a layer.</summary>
    /// <param name="name">what figures and tables call it</param>
    /// <param name="dictionary">one for all layers, or one for each</param>
    /// <param name="layer">0 .. L − 1</param>
    /// <exception cref="ArgumentException">It is a crosscoder, whose codes are of all layers at once, or has no such layer.</exception>
    public static LayerDecomposition Of(string name, ILayeredDictionary dictionary, int layer)
    {
        Require.That(layer >= 0 && layer < dictionary.LayerCount, $"Layer {layer} lies outside the dictionary's layers 0 to {dictionary.LayerCount - 1}.");
        return dictionary.Arrangement switch
        {
            Arrangement.Shared => new LayerDecomposition(name, dictionary.Dictionaries[0], 0),
            Arrangement.PerLayer => new LayerDecomposition(name, dictionary.Dictionaries[layer], dictionary.LatentsAt(layer).First),
            _ => throw new ArgumentException("A crosscoder's codes are of all layers at once: they cannot be exchanged at one layer."),
        };
    }

    /// <summary>The feature that a direction belongs to.</summary>
    /// <param name="direction">a row of <see cref="Directions"/></param>
    public int FeatureOf(int direction) => direction >= _dictionary.LatentCount ? _perDirection : direction % _perDirection;

    /// <summary>The codes of vectors, in the transformer's units.</summary>
    /// <param name="x">[N × d_model]</param>
    /// <returns>[N rows] ascending by direction; those that are zero left out</returns>
    public SparseRows Encode(Matrix x)
    {
        var codes = _dictionary.Encode(x);
        var rows = new List<(int Direction, float Code)>[x.Rows];
        for (int row = 0; row < x.Rows; row++)
        {
            rows[row] = OfRow(codes, x, row);
        }

        return Sparse(rows);
    }

    /// <summary>What is to be added to one run's codes to get the other's.</summary>
    /// <param name="from">[N rows] ascending by direction</param>
    /// <param name="to">[N rows] ascending by direction</param>
    /// <returns>[N rows] to − from, without those that are equal</returns>
    public static SparseRows Differences(SparseRows from, SparseRows to)
    {
        Require.Equal(to.Rows, from.Rows);
        var rows = new List<(int Direction, float Code)>[from.Rows];
        for (int row = 0; row < from.Rows; row++)
        {
            rows[row] = Difference(from.RowIndices(row), from.RowValues(row), to.RowIndices(row), to.RowValues(row));
        }

        return Sparse(rows);
    }

    private List<(int Direction, float Code)> OfRow(SparseRows codes, Matrix x, int row)
    {
        var (mean, scale) = _dictionary.Config.Standardize ? Kernels.Standardize(x.Row(row), new float[x.Columns]) : (0, 1);
        var entries = new List<(int Direction, float Code)>();
        var indices = codes.RowIndices(row);
        var values = codes.RowValues(row);
        for (int i = 0; i < indices.Length; i++)
        {
            if (values[i] != 0)
            {
                entries.Add((indices[i], values[i] * scale));
            }
        }

        entries.Sort((a, b) => a.Direction.CompareTo(b.Direction));
        if (_dictionary.Config.Standardize)
        {
            entries.AddRange([(_dictionary.LatentCount, mean), (_dictionary.LatentCount + 1, scale)]);
        }

        return entries;
    }

    private static List<(int Direction, float Code)> Difference(ReadOnlySpan<int> from, ReadOnlySpan<float> fromCodes, ReadOnlySpan<int> to, ReadOnlySpan<float> toCodes)
    {
        var entries = new List<(int Direction, float Code)>();
        int i = 0, j = 0;
        while (i < from.Length || j < to.Length)
        {
            int direction = Math.Min(i < from.Length ? from[i] : int.MaxValue, j < to.Length ? to[j] : int.MaxValue);
            float difference = (j < to.Length && to[j] == direction ? toCodes[j++] : 0) - (i < from.Length && from[i] == direction ? fromCodes[i++] : 0);
            if (difference != 0)
            {
                entries.Add((direction, difference));
            }
        }

        return entries;
    }

    private static SparseRows Sparse(List<(int Direction, float Code)>[] rows)
    {
        var sparse = new SparseRows([.. rows.Select(row => row.Count)]);
        for (int row = 0; row < rows.Length; row++)
        {
            for (int i = 0; i < rows[row].Count; i++)
            {
                (sparse.RowIndices(row)[i], sparse.RowValues(row)[i]) = rows[row][i];
            }
        }

        return sparse;
    }

    private static bool IsInBothDirections(SparseDictionary dictionary) =>
        dictionary.Config is BaselineConfig { IsInBothDirections: true };
}

using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>One code for all layers of a token, with a direction for each layer. Lindsey et al. 2024.</summary>
/// <remarks>
/// Underneath is a dictionary of vectors in which the layers lie side by side. At a layer a latent's direction is its part of the decoder row, divided by that part's norm, and its value the code times
/// that norm: so a latent with nothing to say at a layer is not active there.
/// </remarks>
public sealed class Crosscoder : ILayeredDictionary
{
    private readonly SparseDictionary _inner;
    private readonly Matrix[] _directions;
    private readonly float[][] _norms;

    /// <summary>The crosscoder over a dictionary whose vectors hold several layers.</summary>
    /// <exception cref="ArgumentException">The dictionary's vectors hold one layer only.</exception>
    public Crosscoder(SparseDictionary inner)
    {
        Require.That(inner.Config.Parts > 1, "A crosscoder's vectors hold several layers, but this dictionary's hold one.");
        _inner = inner;
        Dictionaries = [inner];
        _directions = [.. Enumerable.Range(0, LayerCount).Select(layer => inner.Decoder.ColumnWindow(layer * ModelDim, ModelDim).Copy())];
        _norms = [.. _directions.Select(Normalize)];
    }

    /// <inheritdoc/>
    public Arrangement Arrangement => Arrangement.Crosscoder;

    /// <inheritdoc/>
    public int LayerCount => _inner.Config.Parts;

    /// <inheritdoc/>
    public int ModelDim => _inner.ModelDim / _inner.Config.Parts;

    /// <inheritdoc/>
    public int LatentCount => _inner.LatentCount;

    /// <inheritdoc/>
    public IReadOnlyList<SparseDictionary> Dictionaries { get; }

    /// <inheritdoc/>
    public (int First, int Count) LatentsAt(int layer) => (0, LatentCount);

    /// <inheritdoc/>
    public Matrix DirectionsAt(int layer) => _directions[layer];

    /// <summary>[n_latents] The norms of the latents' directions at a layer before they were divided by them: their layer profile.</summary>
    public IReadOnlyList<float> NormsAt(int layer) => _norms[layer];

    /// <inheritdoc/>
    public SparseRows Encode(Matrix x)
    {
        var codes = _inner.Encode(Tokens(x));
        var all = new SparseRows([.. Enumerable.Range(0, x.Rows).Select(row => codes.RowIndices(row / LayerCount).Length)]);
        for (int row = 0; row < x.Rows; row++)
        {
            var latents = codes.RowIndices(row / LayerCount);
            var values = codes.RowValues(row / LayerCount);
            latents.CopyTo(all.RowIndices(row));
            for (int i = 0; i < latents.Length; i++)
            {
                all.RowValues(row)[i] = values[i] * _norms[row % LayerCount][latents[i]];
            }
        }

        return all;
    }

    /// <inheritdoc/>
    public void Decode(SparseRows codes, Matrix x, Matrix reconstruction)
    {
        Require.Equal(codes.Rows, x.Rows);
        Require.Equal(reconstruction.Rows, x.Rows);
        Require.Equal(reconstruction.Columns, ModelDim);
        Tokens(x);
        Workers.ForBlocks(x.Rows, 16, (start, end) =>
        {
            var scratch = new float[ModelDim];
            for (int row = start; row < end; row++)
            {
                int layer = row % LayerCount;
                var (mean, scale) = _inner.Config.Standardize ? Kernels.Standardize(x.Row(row), scratch) : (0, 1);
                var bias = _inner.PreBias.AsSpan(layer * ModelDim, ModelDim);
                Kernels.SparseDecodeRow(codes.RowIndices(row), codes.RowValues(row), _directions[layer], bias, reconstruction.Row(row));
                Kernels.Scale(reconstruction.Row(row), scale);
                Kernels.AddConstant(reconstruction.Row(row), mean, reconstruction.Row(row));
            }
        });
    }

    private Matrix Tokens(Matrix x)
    {
        Require.Equal(x.Columns, ModelDim);
        Require.That(x.Rows % LayerCount == 0, $"{x.Rows} vectors are not whole tokens of {LayerCount} layers.");
        return x.Reshape(x.Rows / LayerCount, LayerCount * ModelDim);
    }

    /// <summary>Divides each row by its norm, where it has one, and gives the norms.</summary>
    private static float[] Normalize(Matrix rows)
    {
        var norms = new float[rows.Rows];
        for (int i = 0; i < norms.Length; i++)
        {
            norms[i] = MathF.Sqrt(Kernels.SumOfSquares(rows.Row(i)));
            if (norms[i] > 0)
            {
                Kernels.Scale(rows.Row(i), 1 / norms[i]);
            }
        }

        return norms;
    }
}

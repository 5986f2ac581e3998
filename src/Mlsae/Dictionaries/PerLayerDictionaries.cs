using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>One dictionary for each layer. Latents of layer l are numbered after those of the layers before it.</summary>
public sealed class PerLayerDictionaries : ILayeredDictionary
{
    private readonly int[] _first;

    /// <summary>The dictionaries, in the order of layers.</summary>
    /// <exception cref="ArgumentException">There is none, or their widths differ.</exception>
    public PerLayerDictionaries(IReadOnlyList<SparseDictionary> layers)
    {
        Require.That(layers.Count > 0, "There are no dictionaries.");
        Require.That(layers.All(layer => layer.ModelDim == layers[0].ModelDim), "The dictionaries are for vectors of different widths.");
        Dictionaries = layers;
        _first = new int[layers.Count + 1];
        for (int layer = 0; layer < layers.Count; layer++)
        {
            _first[layer + 1] = checked(_first[layer] + layers[layer].LatentCount);
        }
    }

    /// <inheritdoc/>
    public Arrangement Arrangement => Arrangement.PerLayer;

    /// <inheritdoc/>
    public int LayerCount => Dictionaries.Count;

    /// <inheritdoc/>
    public int ModelDim => Dictionaries[0].ModelDim;

    /// <inheritdoc/>
    public int LatentCount => _first[^1];

    /// <inheritdoc/>
    public IReadOnlyList<SparseDictionary> Dictionaries { get; }

    /// <inheritdoc/>
    public (int First, int Count) LatentsAt(int layer) => (_first[layer], Dictionaries[layer].LatentCount);

    /// <inheritdoc/>
    public Matrix DirectionsAt(int layer) => Dictionaries[layer].Decoder;

    /// <inheritdoc/>
    public SparseRows Encode(Matrix x)
    {
        var codes = Dictionaries.Select((part, layer) => part.Encode(LayerRows(x, layer))).ToArray();
        var all = new SparseRows([.. Enumerable.Range(0, x.Rows).Select(row => codes[row % LayerCount].RowIndices(row / LayerCount).Length)]);
        for (int row = 0; row < x.Rows; row++)
        {
            var (layer, token) = (row % LayerCount, row / LayerCount);
            codes[layer].RowValues(token).CopyTo(all.RowValues(row));
            var indices = all.RowIndices(row);
            codes[layer].RowIndices(token).CopyTo(indices);
            foreach (ref int index in indices)
            {
                index += _first[layer];
            }
        }

        return all;
    }

    /// <inheritdoc/>
    public void Decode(SparseRows codes, Matrix x, Matrix reconstruction)
    {
        Require.Equal(codes.Rows, x.Rows);
        for (int layer = 0; layer < LayerCount; layer++)
        {
            int first = layer;
            var own = codes.Select([.. Enumerable.Range(0, x.Rows / LayerCount).Select(token => token * LayerCount + first)]);
            foreach (ref int index in own.Indices.AsSpan(0, own.EntryCount))
            {
                index -= _first[layer];
            }

            Dictionaries[layer].Decode(own, LayerRows(x, layer), LayerRows(reconstruction, layer));
        }
    }

    /// <summary>The rows of one layer, as a window.</summary>
    private Matrix LayerRows(Matrix x, int layer)
    {
        Require.Equal(x.Columns, ModelDim);
        Require.That(x.Rows % LayerCount == 0, $"{x.Rows} vectors are not whole tokens of {LayerCount} layers.");
        return x.Reshape(x.Rows / LayerCount, LayerCount * ModelDim).ColumnWindow(layer * ModelDim, ModelDim);
    }
}

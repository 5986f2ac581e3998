using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>One dictionary for the vectors of all layers: an MLSAE.</summary>
/// <param name="dictionary">the dictionary</param>
/// <param name="layerCount">L</param>
public sealed class SharedDictionary(SparseDictionary dictionary, int layerCount) : ILayeredDictionary
{
    /// <inheritdoc/>
    public Arrangement Arrangement => Arrangement.Shared;

    /// <inheritdoc/>
    public int LayerCount => layerCount;

    /// <inheritdoc/>
    public int ModelDim => dictionary.ModelDim;

    /// <inheritdoc/>
    public int LatentCount => dictionary.LatentCount;

    /// <inheritdoc/>
    public IReadOnlyList<SparseDictionary> Dictionaries { get; } = [dictionary];

    /// <inheritdoc/>
    public (int First, int Count) LatentsAt(int layer) => (0, LatentCount);

    /// <inheritdoc/>
    public Matrix DirectionsAt(int layer) => dictionary.Decoder;

    /// <inheritdoc/>
    public SparseRows Encode(Matrix x) => dictionary.Encode(x);

    /// <inheritdoc/>
    public void Decode(SparseRows codes, Matrix x, Matrix reconstruction) => dictionary.Decode(codes, x, reconstruction);
}

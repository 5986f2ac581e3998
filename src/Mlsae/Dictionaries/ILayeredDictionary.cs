using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>
/// What reconstructs every layer of a token, however its latents are arranged over layers: one dictionary for all of them, one for each, or a crosscoder. Metrics and analyses
/// see no more than this. Safe to use from several threads at once.
/// </summary>
/// <remarks>Latents are numbered through: those of several dictionaries one after the other.</remarks>
public interface ILayeredDictionary
{
    /// <summary>How the latents are arranged over layers.</summary>
    Arrangement Arrangement { get; }

    /// <summary>Vectors of each token, L.</summary>
    int LayerCount { get; }

    /// <summary>Width of each vector, d_model.</summary>
    int ModelDim { get; }

    /// <summary>Latents of all dictionaries together.</summary>
    int LatentCount { get; }

    /// <summary>The dictionaries it is made of: one, or one for each layer.</summary>
    IReadOnlyList<SparseDictionary> Dictionaries { get; }

    /// <summary>Which latents can be active at a layer.</summary>
    /// <param name="layer">0 .. L − 1</param>
    /// <returns>the first one and how many</returns>
    (int First, int Count) LatentsAt(int layer);

    /// <summary>[count × d_model] The directions that the latents of <see cref="LatentsAt"/> add to that layer's reconstruction.</summary>
    /// <param name="layer">0 .. L − 1</param>
    Matrix DirectionsAt(int layer);

    /// <summary>The codes of tokens at every layer.</summary>
    /// <param name="x">[tokens · L × d_model] row t·L + l is token t at layer l, as the transformer has it</param>
    /// <returns>[tokens · L rows] A crosscoder's value at a layer is its code times the norm of its direction there.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    SparseRows Encode(Matrix x);

    /// <summary>What <paramref name="codes"/> stand for, in the units of <paramref name="x"/>.</summary>
    /// <param name="codes">as <see cref="Encode"/> gives them, perhaps edited</param>
    /// <param name="x">[tokens · L × d_model] the vectors that were encoded: standardising dictionaries take their mean and scale</param>
    /// <param name="reconstruction">[tokens · L × d_model] Overwritten.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    void Decode(SparseRows codes, Matrix x, Matrix reconstruction);
}

using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>A dictionary as analyses and metrics see it: vectors in, sparse codes and reconstructions out. Safe to use from several threads at once.</summary>
public interface IDictionary
{
    /// <summary>Width of the vectors, d_model.</summary>
    int ModelDim { get; }

    /// <summary>Dictionary size, n_latents.</summary>
    int LatentCount { get; }

    /// <summary>[n_latents × d_model] Row i is the direction that latent i adds to a reconstruction. Not always of norm 1: Published training leaves it near 1.</summary>
    Matrix Directions { get; }

    /// <summary>The codes of the rows of <paramref name="x"/>, after the activation function: values ≥ 0, where 0 means not active.</summary>
    /// <param name="x">[N × d_model] as the transformer has them</param>
    /// <returns>[N × the most latents a vector can have active], descending by value in each row</returns>
    /// <exception cref="ArgumentException">The width is not <see cref="ModelDim"/>.</exception>
    SparseRows Encode(Matrix x);

    /// <summary>What <paramref name="codes"/> stand for, in the units of <paramref name="x"/>.</summary>
    /// <param name="codes">[N × k] codes of the rows of <paramref name="x"/>, perhaps edited</param>
    /// <param name="x">[N × d_model] the vectors that were encoded: a standardising dictionary takes their mean and scale</param>
    /// <param name="reconstruction">[N × d_model] Overwritten.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    void Decode(SparseRows codes, Matrix x, Matrix reconstruction);

    /// <summary>Encodes and decodes.</summary>
    /// <param name="x">[N × d_model]</param>
    /// <param name="reconstruction">[N × d_model] Overwritten. May be <paramref name="x"/>.</param>
    /// <returns>the codes, as <see cref="Encode"/> gives them</returns>
    SparseRows Reconstruct(Matrix x, Matrix reconstruction);
}

using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Activations;

/// <summary>
/// Activations of several layers (hook points), a token at a time, in an order that depends on configuration and seed alone.
/// Where they come from, a model or files, and whether they are shuffled, is not seen by who reads them.
/// </summary>
public interface IActivationStream : IDisposable
{
    /// <summary>Vectors of each token: the number of layers (hook points), L.</summary>
    int LayerCount { get; }

    /// <summary>Width of each vector, d_model.</summary>
    int ModelDim { get; }

    /// <summary>Reads the next tokens.</summary>
    /// <param name="destination">[tokens · L × d_model] Overwritten. Row t·L + l is token t at layer l.</param>
    /// <returns>Tokens read: all that fit, or fewer at the end of the data.</returns>
    int Read(Matrix destination);

    /// <summary>Everything needed to go on from here in a new process: cursors and buffered activations, named uniquely.</summary>
    IReadOnlyList<Tensor> SaveState();

    /// <summary>Goes on from a state that <see cref="SaveState"/> gave under the same configuration.</summary>
    /// <exception cref="InvalidDataException">The state does not fit this stream.</exception>
    void RestoreState(ITensorSource state);
}

using Mlsae.Storage;

namespace Mlsae.Text;

/// <summary>Contexts of token ids, all of one length, in an order that depends on configuration and seed alone.</summary>
public interface IContextStream : IDisposable
{
    /// <summary>Tokens in each context.</summary>
    int ContextLength { get; }

    /// <summary>The next context, or null at the end of the data.</summary>
    int[]? Next();

    /// <summary>Everything needed to go on from here in a new process.</summary>
    IReadOnlyList<Tensor> SaveState();

    /// <summary>Goes on from a state that <see cref="SaveState"/> gave under the same configuration.</summary>
    /// <exception cref="InvalidDataException">The state does not fit this stream.</exception>
    void RestoreState(ITensorSource state);
}

using Mlsae.Storage;

namespace Mlsae.Metrics;

/// <summary>
/// What is summed up over a text, batch by batch: one pass of the model can feed many. The sums do not depend on how the text is split into batches, and can be saved
/// between batches to go on from there.
/// </summary>
public interface ITextSums
{
    /// <summary>Whether codes are read, or vectors alone.</summary>
    bool NeedsCodes { get; }

    /// <summary>Adds the next tokens of the text.</summary>
    void Add(EncodedTokens tokens);

    /// <summary>Everything needed to go on from here in a new process.</summary>
    IReadOnlyList<Tensor> SaveState();

    /// <summary>Goes on from a state that <see cref="SaveState"/> gave under the same settings.</summary>
    /// <exception cref="InvalidDataException">The state does not fit these sums; the message names path and tensor.</exception>
    void RestoreState(ITensorSource state);
}

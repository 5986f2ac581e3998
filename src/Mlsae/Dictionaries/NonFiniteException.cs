namespace Mlsae.Dictionaries;

/// <summary>A NaN or an infinity came up in training.</summary>
public sealed class NonFiniteException : ArithmeticException
{
    /// <summary>In a step, before anything was overwritten.</summary>
    /// <param name="tensor">the first tensor, in the order of computation, that has one</param>
    /// <param name="step">the step, from 1</param>
    public NonFiniteException(string tensor, long step)
        : base($"NaN or infinity in {tensor} at step {step}.")
    {
        (Tensor, Step) = (tensor, step);
    }

    /// <summary>The same, with where to go on from.</summary>
    /// <param name="error">what came up</param>
    /// <param name="checkpoint">the folder of the last good checkpoint, or null where there is none</param>
    public NonFiniteException(NonFiniteException error, string? checkpoint)
        : base($"NaN or infinity in {error.Tensor} at step {error.Step}; {(checkpoint is null ? "there is no checkpoint yet" : $"the last good checkpoint is '{checkpoint}'")}.", error)
    {
        (Tensor, Step, Checkpoint) = (error.Tensor, error.Step, checkpoint);
    }

    /// <summary>The first tensor, in the order of computation, that has one.</summary>
    public string Tensor { get; }

    /// <summary>The step, from 1.</summary>
    public long Step { get; }

    /// <summary>The folder of the last good checkpoint; null where there is none or where it is not known.</summary>
    public string? Checkpoint { get; }
}

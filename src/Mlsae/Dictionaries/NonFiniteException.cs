namespace Mlsae.Dictionaries;

/// <summary>A NaN or an infinity came up in a training step.</summary>
/// <param name="tensor">the first tensor, in the order of computation, that has one</param>
/// <param name="step">the step, from 1</param>
public sealed class NonFiniteException(string tensor, long step)
    : ArithmeticException($"NaN or infinity in {tensor} at step {step}.")
{
    /// <summary>The first tensor, in the order of computation, that has one.</summary>
    public string Tensor { get; } = tensor;

    /// <summary>The step, from 1.</summary>
    public long Step { get; } = step;
}

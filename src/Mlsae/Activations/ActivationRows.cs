using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Activations;

/// <summary>What every stream checks: the room it reads into, and the state it goes on from.</summary>
internal static class ActivationRows
{
    /// <summary>Whole tokens that fit into <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">Its columns are not the stream's width, or its rows are not whole tokens.</exception>
    internal static int Capacity(IActivationStream stream, Matrix destination)
    {
        Require.Equal(destination.Columns, stream.ModelDim);
        Require.That(
            destination.Rows % stream.LayerCount == 0,
            $"The destination has {destination.Rows} rows, which are not whole tokens of {stream.LayerCount} layers.");
        return destination.Rows / stream.LayerCount;
    }

    /// <summary>A condition on a stored state must hold.</summary>
    /// <exception cref="InvalidDataException">It does not; the message names path and tensor.</exception>
    internal static void CheckState(bool condition, ITensorSource state, string tensor, string complaint)
    {
        if (!condition)
        {
            throw new InvalidDataException($"'{state.Path}': tensor '{tensor}' {complaint}.");
        }
    }

    /// <summary>Tensors of an inner stream as a part of the outer one's state.</summary>
    internal static IEnumerable<Tensor> Under(string prefix, IEnumerable<Tensor> tensors) =>
        tensors.Select(tensor => tensor with { Name = prefix + tensor.Name });
}

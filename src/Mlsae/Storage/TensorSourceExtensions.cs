using Mlsae.Numerics;

namespace Mlsae.Storage;

/// <summary>Whole tensors at once, checked for what the reader needs.</summary>
public static class TensorSourceExtensions
{
    /// <summary>Whether there is a tensor of that name.</summary>
    public static bool Contains(this ITensorSource source, string name) => source.Names.Contains(name);

    /// <summary>All elements, as 32-bit floats.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or it is larger than an array can be.</exception>
    public static float[] ReadFloats(this ITensorSource source, string name)
    {
        var values = new float[source.ElementCount(name)];
        source.Read(name, 0, values);
        return values;
    }

    /// <summary>All elements of a tensor of the given shape, as 32-bit floats.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor or it has another shape; the message names path, tensor and both shapes.</exception>
    public static float[] ReadFloats(this ITensorSource source, string name, params long[] shape)
    {
        source.RequireShape(name, shape);
        return source.ReadFloats(name);
    }

    /// <summary>All elements of a tensor of the given shape, as 64-bit floats.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor or it has another shape; the message names path, tensor and both shapes.</exception>
    public static double[] ReadDoubles(this ITensorSource source, string name, params long[] shape)
    {
        source.RequireShape(name, shape);
        var values = new double[source.ElementCount(name)];
        source.Read(name, 0, values);
        return values;
    }

    /// <summary>All elements of a tensor of integer type or BOOL.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, it holds floats, or it is larger than an array can be.</exception>
    public static long[] ReadLongs(this ITensorSource source, string name)
    {
        var values = new long[source.ElementCount(name)];
        source.Read(name, 0, values);
        return values;
    }

    /// <summary>All elements of an integer tensor of the given shape.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, it holds floats, or it has another shape.</exception>
    public static long[] ReadLongs(this ITensorSource source, string name, params long[] shape)
    {
        source.RequireShape(name, shape);
        return source.ReadLongs(name);
    }

    /// <summary>A tensor of any rank as a matrix: the last axis makes the columns, all others the rows. A scalar is 1 × 1.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or it is larger than an array can be.</exception>
    public static Matrix ReadMatrix(this ITensorSource source, string name)
    {
        float[] values = source.ReadFloats(name);
        var (rows, columns) = Folded(source.Describe(name).Shape);
        return new Matrix((int)rows, (int)columns, values);
    }

    /// <summary>A tensor of any rank whose axes fold to the given sizes: the last axis makes the columns, all others the rows.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor or its sizes differ; the message names path, tensor and both shapes.</exception>
    public static Matrix ReadMatrix(this ITensorSource source, string name, int rows, int columns)
    {
        long[] shape = source.Describe(name).Shape;
        return Folded(shape) == (rows, columns) ? source.ReadMatrix(name) : throw WrongShape(source, name, [rows, columns], shape);
    }

    /// <summary>A tensor must have this shape.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor or it has another shape; the message names path, tensor and both shapes.</exception>
    public static void RequireShape(this ITensorSource source, string name, params long[] shape)
    {
        long[] found = source.Describe(name).Shape;
        if (!found.AsSpan().SequenceEqual(shape))
        {
            throw WrongShape(source, name, shape, found);
        }
    }

    /// <summary>The tensors whose names begin with <paramref name="prefix"/>, under the rest of their names. Disposing it leaves the source open.</summary>
    public static ITensorSource Under(this ITensorSource source, string prefix) => new PrefixedTensors(source, prefix);

    private static int ElementCount(this ITensorSource source, string name)
    {
        long[] shape = source.Describe(name).Shape;
        long count = shape.Aggregate(1L, (product, size) => product * size);
        return count <= Array.MaxLength
            ? (int)count
            : throw new InvalidDataException(
                $"'{source.Path}': tensor {Messages.Quote(name)} of shape {Messages.Shape(shape)} is too large to be read at once.");
    }

    private static (long Rows, long Columns) Folded(long[] shape) =>
        shape.Length == 0 ? (1, 1) : (shape[..^1].Aggregate(1L, (product, size) => product * size), shape[^1]);

    private static InvalidDataException WrongShape(ITensorSource source, string name, long[] expected, long[] found) => new(
        $"'{source.Path}': tensor {Messages.Quote(name)} has shape {Messages.Shape(found)} where {Messages.Shape(expected)} is needed.");
}

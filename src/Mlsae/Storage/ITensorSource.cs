namespace Mlsae.Storage;

/// <summary>Named tensors that can be read: one safetensors file, or the shards of a folder.</summary>
public interface ITensorSource : IDisposable
{
    /// <summary>What messages call it: the path of its file or folder.</summary>
    string Path { get; }

    /// <summary>The names of all tensors.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>Free-form text that was stored with the tensors.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The element type and shape of a tensor.</summary>
    /// <exception cref="InvalidDataException">There is none of that name; the message lists some that exist.</exception>
    (ElementType Type, long[] Shape) Describe(string name);

    /// <summary>Reads elements [start, start + destination.Length) of a tensor of any float or integer type, converted to 32-bit floats.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or the range lies outside it.</exception>
    void Read(string name, long start, Span<float> destination);

    /// <summary>As <see cref="Read(string, long, Span{float})"/>, converted to 64-bit floats.</summary>
    void Read(string name, long start, Span<double> destination);

    /// <summary>Reads elements of a tensor of integer type or BOOL. A float tensor is refused.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, its type is not an integer type, or the range lies outside it.</exception>
    void Read(string name, long start, Span<long> destination);
}

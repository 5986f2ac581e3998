using System.Numerics;

namespace Mlsae.Storage;

/// <summary>What is known of a stored tensor.</summary>
/// <param name="Type">its element type</param>
/// <param name="Shape">its axes</param>
/// <param name="Begin">its first byte, from the start of the data</param>
/// <param name="End">the byte after its last</param>
internal sealed record TensorEntry(ElementType Type, long[] Shape, long Begin, long End)
{
    /// <summary>Number of elements.</summary>
    internal long Count => (End - Begin) / Type.ByteSize();
}

/// <summary>Reading that is the same wherever the bytes lie: range checks and conversion.</summary>
public abstract class TensorSource : ITensorSource
{
    /// <summary>Elements converted at a time, so that no span of bytes grows past the largest span.</summary>
    private const int ChunkElements = 1 << 20;

    private protected TensorSource(string path) => Path = path;

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => Entries.Keys;

    /// <inheritdoc/>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    private protected abstract Dictionary<string, TensorEntry> Entries { get; }

    /// <inheritdoc/>
    public (ElementType Type, long[] Shape) Describe(string name)
    {
        var entry = Find(name);
        return (entry.Type, [.. entry.Shape]);
    }

    /// <inheritdoc/>
    public void Read(string name, long start, Span<float> destination) => ReadElements(name, Find(name), start, destination);

    /// <inheritdoc/>
    public void Read(string name, long start, Span<double> destination) => ReadElements(name, Find(name), start, destination);

    /// <inheritdoc/>
    public void Read(string name, long start, Span<long> destination)
    {
        var entry = Find(name);
        if (!entry.Type.IsInteger())
        {
            throw new InvalidDataException($"'{Path}': tensor {Messages.Quote(name)} holds {entry.Type} where integers are needed.");
        }

        ReadElements(name, entry, start, destination);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of what the source holds open.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    private protected abstract ReadOnlySpan<byte> Bytes(string name, TensorEntry entry, long offset, int length);

    private TensorEntry Find(string name) =>
        Entries.TryGetValue(name, out var entry) ? entry : throw Messages.NoTensor(this, name);

    private void ReadElements<T>(string name, TensorEntry entry, long start, Span<T> destination)
        where T : unmanaged, INumber<T>
    {
        if (start < 0 || start > entry.Count - destination.Length)
        {
            throw new InvalidDataException(
                $"'{Path}': tensor {Messages.Quote(name)} of shape {Messages.Shape(entry.Shape)} has no {destination.Length} elements from {start}.");
        }

        int size = entry.Type.ByteSize();
        for (int done = 0; done < destination.Length; done += ChunkElements)
        {
            int count = Math.Min(ChunkElements, destination.Length - done);
            ElementConversion.Convert(
                entry.Type, Bytes(name, entry, (start + done) * size, count * size), destination.Slice(done, count));
        }
    }
}

namespace Mlsae.Storage;

/// <summary>Tensors held in memory, read as a file's would be.</summary>
public sealed class TensorSet : TensorSource
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _bytes = new(StringComparer.Ordinal);

    /// <summary>Holds the tensors, without a copy.</summary>
    /// <param name="tensors">what to hold; names must differ</param>
    /// <param name="path">what messages call the set</param>
    /// <exception cref="ArgumentException">A name is given twice.</exception>
    public TensorSet(IEnumerable<Tensor> tensors, string path = "memory")
        : base(path)
    {
        foreach (var tensor in tensors)
        {
            Entries.Add(tensor.Name, new TensorEntry(tensor.Type, tensor.Shape, 0, tensor.Bytes.Length));
            _bytes.Add(tensor.Name, tensor.Bytes);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    private protected override Dictionary<string, TensorEntry> Entries { get; } = new(StringComparer.Ordinal);

    private protected override ReadOnlySpan<byte> Bytes(string name, TensorEntry entry, long offset, int length) =>
        _bytes[name].Span.Slice((int)offset, length);
}

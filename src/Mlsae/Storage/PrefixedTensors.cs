namespace Mlsae.Storage;

/// <summary>One part of a source that several parts were saved into, seen under its own names.</summary>
internal sealed class PrefixedTensors(ITensorSource source, string prefix) : ITensorSource
{
    /// <inheritdoc/>
    public string Path => source.Path;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names { get; } =
        [.. source.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(n => n[prefix.Length..])];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => source.Metadata;

    /// <inheritdoc/>
    public (ElementType Type, long[] Shape) Describe(string name) => source.Describe(prefix + name);

    /// <inheritdoc/>
    public void Read(string name, long start, Span<float> destination) => source.Read(prefix + name, start, destination);

    /// <inheritdoc/>
    public void Read(string name, long start, Span<double> destination) => source.Read(prefix + name, start, destination);

    /// <inheritdoc/>
    public void Read(string name, long start, Span<long> destination) => source.Read(prefix + name, start, destination);

    /// <summary>Nothing: the source belongs to who opened it.</summary>
    public void Dispose()
    {
    }
}

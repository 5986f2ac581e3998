using System.Text.Json;

namespace Mlsae.Storage;

/// <summary>The weights of a model folder in Hugging Face's layout: one model.safetensors, or shards listed by model.safetensors.index.json.</summary>
public sealed class WeightFolder : ITensorSource
{
    private const string SingleName = "model.safetensors";
    private const string IndexName = "model.safetensors.index.json";
    private readonly Dictionary<string, SafetensorsFile> _shards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafetensorsFile> _holders = new(StringComparer.Ordinal);

    private WeightFolder(string folder) => Path = folder;

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _holders.Keys;

    /// <summary>The text stored in the shards; of a key in several of them, the first shard's.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _shards.OrderBy(s => s.Key, StringComparer.Ordinal)
        .SelectMany(s => s.Value.Metadata).DistinctBy(m => m.Key).ToDictionary(m => m.Key, m => m.Value);

    /// <summary>Opens the weights of a model folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">The folder has no weights, or a shard is missing.</exception>
    /// <exception cref="InvalidDataException">The index or a shard is malformed, or a shard lacks a tensor of the index.</exception>
    public static WeightFolder Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no model folder '{folder}'.");
        }

        var weights = new WeightFolder(folder);
        try
        {
            weights.OpenFiles();
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public (ElementType Type, long[] Shape) Describe(string name) => Holder(name).Describe(name);

    /// <inheritdoc/>
    public void Read(string name, long start, Span<float> destination) => Holder(name).Read(name, start, destination);

    /// <inheritdoc/>
    public void Read(string name, long start, Span<double> destination) => Holder(name).Read(name, start, destination);

    /// <inheritdoc/>
    public void Read(string name, long start, Span<long> destination) => Holder(name).Read(name, start, destination);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in _shards.Values)
        {
            shard.Dispose();
        }
    }

    private SafetensorsFile Holder(string name) => _holders.TryGetValue(name, out var file) ? file : throw Messages.NoTensor(this, name);

    private void OpenFiles()
    {
        string single = System.IO.Path.Combine(Path, SingleName);
        string index = System.IO.Path.Combine(Path, IndexName);
        if (File.Exists(single))
        {
            var file = OpenShard(SingleName);
            foreach (string name in file.Names)
            {
                _holders.Add(name, file);
            }
        }
        else if (File.Exists(index))
        {
            OpenIndex(index);
        }
        else
        {
            throw new FileNotFoundException($"The folder '{Path}' has neither {SingleName} nor {IndexName}.", single);
        }
    }

    private void OpenIndex(string index)
    {
        foreach (var (name, shardName) in ReadIndex(index))
        {
            // A plain name only: an index must not reach outside its folder.
            if (shardName.Length == 0 || shardName != System.IO.Path.GetFileName(shardName) || shardName is "." or "..")
            {
                throw new InvalidDataException($"'{index}': tensor {Messages.Quote(name)} lies in {Messages.Quote(shardName)}, which is no file name.");
            }

            var shard = _shards.TryGetValue(shardName, out var open) ? open : OpenShard(shardName);
            if (!shard.Contains(name))
            {
                throw new InvalidDataException($"'{index}' says that tensor {Messages.Quote(name)} lies in '{shardName}', which has none of that name.");
            }

            _holders.Add(name, shard);
        }
    }

    private SafetensorsFile OpenShard(string name)
    {
        string path = System.IO.Path.Combine(Path, name);
        return File.Exists(path)
            ? _shards[name] = SafetensorsFile.Open(path)
            : throw new FileNotFoundException($"The folder '{Path}' lacks the shard '{name}', which {IndexName} names.", path);
    }

    private static Dictionary<string, string> ReadIndex(string index)
    {
        var options = new JsonSerializerOptions { AllowDuplicateProperties = false };
        try
        {
            var file = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllBytes(index), options);
            return file is not null && file.TryGetValue("weight_map", out var map)
                && map.Deserialize<Dictionary<string, string>>(options) is { } names && names.Values.All(n => n is not null)
                ? names
                : throw new InvalidDataException($"'{index}' has no weight_map from tensors to files.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{index}' is not an index of shards: {error.Message}", error);
        }
    }
}

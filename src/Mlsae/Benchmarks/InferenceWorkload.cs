using Mlsae.Dictionaries;
using Mlsae.Dictionaries.Engines;
using Mlsae.Numerics;

namespace Mlsae.Benchmarks;

/// <summary>Encoding and decoding by a TopK dictionary.</summary>
internal sealed class InferenceWorkload : Workload
{
    private readonly DictionarySize _size;
    private readonly SparseDictionary _dictionary;
    private readonly Matrix _batch;
    private readonly Matrix _reconstruction;

    /// <summary>A dictionary of random rows.</summary>
    public InferenceWorkload(DictionarySize size)
    {
        _size = size;
        using var engine = new CpuTopKEngine(new TopKConfig { ModelDim = size.ModelDim, LatentCount = size.LatentCount, K = size.K }, 1);
        _dictionary = engine.Export();
        (_batch, _reconstruction) = (size.Batch(0), new Matrix(size.Vectors, size.ModelDim));
    }

    /// <inheritdoc/>
    public override double Units => _size.Vectors;

    /// <inheritdoc/>
    public override double Flops => _size.EncoderFlops;

    /// <inheritdoc/>
    public override void Run() => _dictionary.Reconstruct(_batch, _reconstruction);
}

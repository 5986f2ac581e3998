using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Dictionaries.Engines;

/// <summary>A baseline that is computed from the first vectors, as many as <see cref="BaselineConfig.SampleVectors"/>, which it keeps.</summary>
public abstract class SampleEngine : BaselineEngine
{
    private readonly Matrix _sample;
    private int _count;

    /// <inheritdoc cref="BaselineEngine(BaselineConfig, int)"/>
    private protected SampleEngine(BaselineConfig config, int layerCount)
        : base(config, layerCount)
    {
        // A state holds them as one tensor, whose bytes must fit an array.
        Require.That(
            (long)config.SampleVectors * config.ModelDim <= Array.MaxLength / sizeof(float),
            $"sample_vectors is {config.SampleVectors}: so many vectors of width {config.ModelDim} exceed the largest array; take fewer.");
        _sample = new Matrix(config.SampleVectors, config.ModelDim);
    }

    /// <summary>[vectors × d_model] The vectors so far.</summary>
    private protected Matrix Sample => _sample.RowWindow(0, _count);

    /// <inheritdoc/>
    private protected override bool Take(Matrix x)
    {
        Check(x);
        int taken = Math.Min(x.Rows, _sample.Rows - _count);
        x.RowWindow(0, taken).CopyTo(_sample.RowWindow(_count, taken));
        _count += taken;
        return taken > 0;
    }

    /// <summary>Refuses vectors that the method is not for.</summary>
    /// <exception cref="ArgumentException">There is one.</exception>
    private protected virtual void Check(Matrix x)
    {
    }

    /// <inheritdoc/>
    private protected override IEnumerable<Tensor> SaveVectors() => [Tensor.Of("sample", Sample)];

    /// <inheritdoc/>
    private protected override void RestoreVectors(ITensorSource state)
    {
        long[] shape = state.Describe("sample").Shape;
        int count = shape.Length == 2 ? (int)Math.Min(shape[0], _sample.Rows) : 0;
        state.RequireShape("sample", count, Config.ModelDim);
        state.Read("sample", 0, _sample.RowWindow(0, count).AsSpan());
        _count = count;
    }
}

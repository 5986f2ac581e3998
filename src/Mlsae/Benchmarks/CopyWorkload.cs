using Mlsae.Numerics;

namespace Mlsae.Benchmarks;

/// <summary>A plain copy of memory on all threads: what a pass over parameters and moments, such as Adam's, can reach.</summary>
internal sealed class CopyWorkload : Workload
{
    private const int Blocks = 64;

    private readonly float[] _source;
    private readonly float[] _target;
    private readonly Action<int> _copy;

    /// <summary>As many floats as the encoder and decoder of size C and their moments have; few for the toy size.</summary>
    public CopyWorkload(bool toy)
    {
        int count = toy ? 1 << 14 : (int)(DictionarySize.C.ParameterBytes / 4 / sizeof(float));
        (_source, _target, _copy) = (new float[count], new float[count], Copy);
        Array.Fill(_source, 1f);
    }

    /// <summary>Gigabytes that are read or written.</summary>
    public override double Units => 2.0 * sizeof(float) * _source.Length * 1e-9;

    /// <inheritdoc/>
    public override void Run() => Workers.For(Blocks, _copy);

    private void Copy(int block)
    {
        int start = (int)((long)_source.Length * block / Blocks), end = (int)((long)_source.Length * (block + 1) / Blocks);
        _source.AsSpan(start, end - start).CopyTo(_target.AsSpan(start));
    }
}

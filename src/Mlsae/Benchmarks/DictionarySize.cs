using Mlsae.Numerics;

namespace Mlsae.Benchmarks;

/// <summary>How large a dictionary and its batches are.</summary>
/// <param name="Name">what it is called on the command line and in tables</param>
/// <param name="Vectors">N, vectors of a batch</param>
/// <param name="ModelDim">d, their width</param>
/// <param name="LatentCount">n, latents</param>
/// <param name="K">k, latents kept for each vector</param>
public sealed record DictionarySize(string Name, int Vectors, int ModelDim, int LatentCount, int K)
{
    /// <summary>A small dictionary on Pythia-70m's width.</summary>
    public static DictionarySize A { get; } = new("A", 4096, 512, 4096, 32);

    /// <summary>The published MLSAE's width and 32 latents for each component.</summary>
    public static DictionarySize B { get; } = new("B", 4096, 512, 16384, 32);

    /// <summary>More latents, fewer vectors.</summary>
    public static DictionarySize C { get; } = new("C", 2048, 512, 32768, 32);

    /// <summary>The size of the demo's model.</summary>
    public static DictionarySize D { get; } = new("D", 4096, 128, 2048, 16);

    /// <summary>So small that every benchmark can be run to see that it runs.</summary>
    public static DictionarySize Toy { get; } = new("toy", 96, 32, 256, 8);

    /// <summary>What is measured where nothing is asked for.</summary>
    public static IReadOnlyList<DictionarySize> All { get; } = [A, B, C, D];

    /// <summary>Floating-point operations of one encoder product, the floor of a step: 2·N·d·n.</summary>
    public double EncoderFlops => 2.0 * Vectors * ModelDim * LatentCount;

    /// <summary>Bytes of weights, gradients and Adam's two moments of encoder and decoder, in 32-bit floats.</summary>
    public long ParameterBytes => 4L * sizeof(float) * 2 * LatentCount * ModelDim;

    /// <summary>Normally distributed vectors with a common offset; the same for the same seed.</summary>
    public Matrix Batch(ulong seed)
    {
        var batch = new Matrix(Vectors, ModelDim);
        new Philox(seed, "benchmark.batch").FillGaussian(batch.Values, 1);
        float[] offset = new float[ModelDim];
        new Philox(0, "benchmark.offset").FillGaussian(offset, 0.5f);
        for (int row = 0; row < Vectors; row++)
        {
            Kernels.Add(offset, batch.Row(row));
        }

        return batch;
    }
}

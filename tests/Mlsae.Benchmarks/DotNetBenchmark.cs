using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Mlsae.Numerics;

namespace Mlsae.Benchmarks;

/// <summary>The span kernels and small products under BenchmarkDotNet, which tells allocations and spread.</summary>
[MemoryDiagnoser]
public class DotNetBenchmark
{
    private float[] _x = [];
    private float[] _y = [];
    private Matrix _queries = new(0, 0);
    private Matrix _keys = new(0, 0);
    private Matrix _pattern = new(0, 0);

    /// <summary>Length of the vectors, and width of the heads times 16.</summary>
    [Params(512, 2048)]
    public int Length { get; set; }

    /// <summary>Runs in this process: the generated project of the default toolchain would not see the restored packages.</summary>
    internal static void Run() =>
        BenchmarkRunner.Run<DotNetBenchmark>(DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)));

    /// <summary>Seeded operands; the product is checked against its definition before it is timed.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (_x, _y) = (new float[Length], new float[Length]);
        new Philox(1, "x").FillGaussian(_x, 1);
        new Philox(1, "y").FillGaussian(_y, 1);
        (_queries, _keys, _pattern) = (new Matrix(256, Length / 16), new Matrix(256, Length / 16), new Matrix(256, 256));
        new Philox(1, "queries").FillGaussian(_queries.Values, 1);
        new Philox(1, "keys").FillGaussian(_keys.Values, 1);
        Kernels.MatMulTransposedB(_queries, _keys, _pattern);
        double error = Math.Abs(_pattern[3, 7] - Reference.Dot(_queries.Row(3), _keys.Row(7)));
        if (!(error <= 1e-3))
        {
            throw new InvalidOperationException($"The product is wrong by {error}.");
        }
    }

    /// <summary>Kernels.Dot.</summary>
    [Benchmark]
    public float Dot() => Kernels.Dot(_x, _y);

    /// <summary>Kernels.AddScaled, with a scale that keeps the numbers from growing.</summary>
    [Benchmark]
    public void AddScaled() => Kernels.AddScaled(_x, 0f, _y);

    /// <summary>The scores of one attention head.</summary>
    [Benchmark]
    public void HeadScores() => Kernels.MatMulTransposedB(_queries, _keys, _pattern);
}

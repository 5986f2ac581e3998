using Mlsae.Dictionaries;
using Mlsae.Dictionaries.Engines;
using Mlsae.Numerics;

namespace Mlsae.Benchmarks;

/// <summary>One whole training step of a TopK dictionary, by stage, beside the encoder product that is its floor.</summary>
internal static class StepBenchmark
{
    private const int Layers = 4;

    /// <summary>Runs each size and prints a line for the step and one for its stages.</summary>
    public static void Run(bool quick)
    {
        int rounds = quick ? 3 : 9;
        foreach (var (vectors, d, n, k) in quick ? [(256, 32, 512, 8)] : new[] { (4096, 512, 16384, 32), (4096, 128, 2048, 16) })
        {
            Step(rounds, vectors, d, n, k, dead: 0);
            Step(rounds, vectors, d, n, k, dead: n / 8);
        }
    }

    private static void Step(int rounds, int vectors, int d, int n, int k, int dead)
    {
        using var engine = new CpuTopKEngine(new TopKConfig { ModelDim = d, LatentCount = n, K = k, DeadAfterTokens = dead == 0 ? long.MaxValue : 1, Seed = 1 }, Layers);
        Silence(engine, dead);
        var batch = new Matrix(vectors, d);
        new Philox(1, "batch").FillGaussian(batch.Values, 1);
        var encoder = engine.Export().Encoder.Copy();
        var all = new Matrix(vectors, n);
        engine.Step(batch, 1000);
        engine.Step(batch, 1000);
        engine.Times.Reset();
        var times = SideBySide.Time(
            rounds, 0.1, ("product", () => Kernels.MatMulTransposedB(batch, encoder, all)), ("step", () => engine.Step(batch, 1000)));
        var (product, step) = (times[0], times[1]);
        Console.WriteLine(
            $"training step, N = {vectors}, d = {d}, n = {n}, k = {k}, {engine.Ages.DeadCount} latents dead, {Workers.Count} threads: {step.Median * 1e3:F1} ms ({vectors / step.Median:F0} vectors/s), "
            + $"best {step.Best * 1e3:F1} ms ({vectors / step.Best:F0} vectors/s); the encoder product alone {product.Median * 1e3:F1} ms, best {product.Best * 1e3:F1} ms: "
            + $"{product.Median / step.Median:P1} of the step, best {product.Best / step.Best:P1}");
        var t = engine.Times;
        var stages = new[]
        {
            ("encode and TopK", t.Encode), ("prepare", t.Prepare), ("decode and loss", t.Decode), ("AuxK", t.AuxK), ("index", t.Index), ("gradients", t.Gradients), ("Adam", t.Adam),
        };
        Console.WriteLine("    " + string.Join(", ", stages.Select(stage => $"{stage.Item1} {stage.Item2 / t.Total:P1}")));
    }

    /// <summary>Makes the first latents so quiet that they are never among the k largest: they are dead after one step.</summary>
    private static void Silence(CpuTopKEngine engine, int count)
    {
        var dictionary = engine.Export();
        Kernels.Scale(dictionary.Encoder.RowWindow(0, count).AsSpan(), 1e-3f);
        engine.Import(dictionary);
    }
}

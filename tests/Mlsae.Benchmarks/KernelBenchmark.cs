using Mlsae.Numerics;

namespace Mlsae.Benchmarks;

/// <summary>Matrix products beside OpenBLAS, and the fused encoder beside the product that it contains.</summary>
internal static class KernelBenchmark
{
    private static int _rounds;

    /// <summary>Runs all of them and prints a line each.</summary>
    public static void Run(bool quick)
    {
        _rounds = quick ? 3 : 9;
        Console.WriteLine($"{Workers.Count} threads, medians of {_rounds} turns, {(OpenBlas.IsAvailable ? $"beside OpenBLAS's kernels for {OpenBlas.Core}" : "without OpenBLAS, which this machine lacks (libopenblas0-pthread)")}");
        foreach (var (form, m, k, n) in quick ? QuickProducts : Products)
        {
            Product(form, m, k, n);
        }

        foreach (var (rows, d, n, top, masked) in quick ? QuickEncoders : Encoders)
        {
            Encoder(rows, d, n, top, masked);
        }
    }

    private static readonly (string Form, int M, int K, int N)[] Products =
    [
        ("NT", 4096, 512, 16384), ("NT", 4096, 128, 512), ("NN", 4096, 512, 128), ("TN", 512, 4096, 128), ("NT", 4096, 128, 2048),
        ("NT", 256, 32, 256), ("NN", 256, 256, 32), ("NT", 1, 512, 2048), ("NT", 16, 512, 2048), ("NT", 1000, 1000, 1000),
        // A block of Pythia-70m over one context of 512 tokens: attention in, attention out, MLP in, MLP out, scores and mixing of a head.
        ("NT", 512, 512, 1536), ("NT", 512, 512, 512), ("NT", 512, 512, 2048), ("NT", 512, 2048, 512), ("NT", 48, 64, 512), ("NN", 48, 512, 64),
    ];

    private static readonly (string Form, int M, int K, int N)[] QuickProducts = [("NT", 256, 64, 512), ("NN", 100, 100, 100), ("TN", 64, 256, 64)];

    private static readonly (int Rows, int D, int N, int K, int Masked)[] Encoders = [(4096, 512, 16384, 32, 0), (4096, 512, 16384, 32, 256), (4096, 128, 2048, 16, 0), (4096, 128, 2048, 16, 64)];

    private static readonly (int Rows, int D, int N, int K, int Masked)[] QuickEncoders = [(256, 32, 512, 8, 16)];

    private static void Product(string form, int m, int k, int n)
    {
        Matrix a = form == "TN" ? Random("a", k, m) : Random("a", m, k), b = form == "NT" ? Random("b", n, k) : Random("b", k, n);
        var c = new Matrix(m, n);
        Action ours = form switch
        {
            "NN" => () => Kernels.MatMul(a, b, c),
            "NT" => () => Kernels.MatMulTransposedB(a, b, c),
            _ => () => Kernels.MatMulTransposedA(a, b, c),
        };
        double work = 2.0 * m * n * k;
        string line = $"product {form} {m}x{k}x{n}:";
        if (!OpenBlas.IsAvailable)
        {
            var (alone, fastest) = SideBySide.Time(_rounds, 0.1, ("ours", ours))[0];
            Console.WriteLine($"{line} {Speed(work, alone)}, best {Speed(work, fastest)}");
            return;
        }

        OpenBlas.SetThreads(Workers.Count);
        var times = SideBySide.Time(_rounds, 0.1, ("ours", ours), ("OpenBLAS", () => OpenBlas.Multiply(a, form == "TN", b, form == "NT", c)));
        Console.WriteLine(
            $"{line} ours {Speed(work, times[0].Median)}, OpenBLAS {Speed(work, times[1].Median)}, ours at {times[1].Median / times[0].Median:P1} of its speed; "
            + $"best {Speed(work, times[0].Best)} and {Speed(work, times[1].Best)}, {times[1].Best / times[0].Best:P1}");
    }

    private static void Encoder(int rows, int d, int n, int k, int masked)
    {
        Matrix x = Random("x", rows, d), encoder = Random("encoder", n, d), all = new(rows, n);
        var top = new SparseRows(rows, k);
        SparseRows? maskedTop = masked == 0 ? null : new SparseRows(rows, masked);
        bool[]? mask = masked == 0 ? null : [.. Enumerable.Range(0, n).Select(latent => latent % 4 == 0)];
        var times = SideBySide.Time(
            _rounds, 0.1, ("product", () => Kernels.MatMulTransposedB(x, encoder, all)), ("fused", () => Kernels.EncodeTopK(x, encoder, null, top, mask, maskedTop)));
        double work = 2.0 * rows * d * n;
        Console.WriteLine(
            $"encode-and-TopK {rows}x{d}x{n}, k = {k}{(masked == 0 ? "" : $", and {masked} of a quarter of the latents")}: {Speed(work, times[1].Median)}, the product alone {Speed(work, times[0].Median)}: "
            + $"{times[0].Median / times[1].Median:P1} of its speed; best {Speed(work, times[1].Best)} and {Speed(work, times[0].Best)}, {times[0].Best / times[1].Best:P1}");
    }

    private static string Speed(double work, double seconds) => $"{seconds * 1e3:F3} ms ({work / seconds * 1e-9:F1} GFLOP/s)";

    private static Matrix Random(string purpose, int rows, int columns)
    {
        var matrix = new Matrix(rows, columns);
        new Philox(1, purpose).FillGaussian(matrix.Values, 1f / MathF.Sqrt(columns));
        return matrix;
    }
}

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Mlsae.Numerics;

namespace Mlsae.Benchmarks;

/// <summary>What figures were measured on.</summary>
/// <param name="Processor">the name that the processor gives itself, with family and model where it says them</param>
/// <param name="Vectors">the widest instructions that kernels use</param>
/// <param name="Threads">threads that were used</param>
public sealed record Machine(string Processor, string Vectors, int Threads)
{
    /// <summary>This machine.</summary>
    public static Machine Current(int threads) => new(
        ProcessorName(), Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "AdvSimd" : "128 bits", threads);

    /// <summary>A file name for the processor.</summary>
    public string FileName => string.Join('-', new string([.. Processor.Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToLowerInvariant(letter) : ' ')])
        .Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => word is not ("r" or "tm" or "cpu" or "processor"))) + ".md";

    private static string ProcessorName()
    {
        const string Info = "/proc/cpuinfo";
        if (!File.Exists(Info))
        {
            return RuntimeInformation.OSDescription;
        }

        var fields = File.ReadLines(Info).TakeWhile(line => line.Length > 0).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(field => field.Length == 2)
            .ToLookup(field => field[0], field => field[1]);
        string? name = fields["model name"].FirstOrDefault(), family = fields["cpu family"].FirstOrDefault(), model = fields["model"].FirstOrDefault();
        return name is null ? RuntimeInformation.OSDescription : family is null ? name : $"{name}, family {family}, model {model}";
    }
}

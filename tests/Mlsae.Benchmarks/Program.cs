using Mlsae.Benchmarks;
using Mlsae.Numerics;

// usage: Mlsae.Benchmarks [kernels | dotnet-benchmark] [--quick] [--threads=<n>]. Matrix products and the fused encoder beside OpenBLAS, in this process; --quick uses toy sizes, to see that all of it runs.
// Whole steps, and PyTorch beside them: mlsae bench.
bool quick = args.Contains("--quick");
const string threads = "--threads=";
foreach (string argument in args.Where(argument => argument.StartsWith(threads, StringComparison.Ordinal)))
{
    Workers.Count = int.Parse(argument[threads.Length..]);
}

string[] verbs = [.. args.Where(argument => !argument.StartsWith("--", StringComparison.Ordinal))];
var benchmarks = new Dictionary<string, Action<bool>>
{
    ["kernels"] = KernelBenchmark.Run,
};

if (verbs is ["dotnet-benchmark", ..])
{
    DotNetBenchmark.Run();
    return 0;
}

string? unknown = verbs.FirstOrDefault(verb => !benchmarks.ContainsKey(verb));
if (unknown is not null)
{
    Console.Error.WriteLine($"There is no benchmark '{unknown}'; there are {string.Join(", ", benchmarks.Keys)} and dotnet-benchmark.");
    return 2;
}

foreach (var (name, run) in benchmarks.Where(benchmark => verbs.Length == 0 || verbs.Contains(benchmark.Key)))
{
    Console.WriteLine($"# {name}");
    run(quick);
}

return 0;

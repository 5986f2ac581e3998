namespace Mlsae.Benchmarks;

/// <summary>All that is measured, and what is asked of it.</summary>
public static class BenchmarkSuite
{
    /// <summary>Threads and sizes against each other.</summary>
    private const string Scaling = "scaling";

    /// <summary>Memory that a step may need beyond its parameters, in MiB.</summary>
    private const double StepMebibytes = 200;

    /// <summary>Names of the parts.</summary>
    public static IReadOnlyList<string> Groups { get; } = [.. All(toy: false).Select(benchmark => benchmark.Group).Distinct()];

    /// <summary>The benchmarks.</summary>
    /// <param name="toy">whether of the toy size, to see that each runs; of it nothing is asked</param>
    public static IEnumerable<Benchmark> All(bool toy) => toy ? Sized(toy).Select(WithoutBars) : Sized(toy);

    private static Benchmark WithoutBars(Benchmark benchmark) => benchmark with
    {
        Rivals = [.. benchmark.Rivals.Select(rival => rival with { Bar = Bar.None })], MostSeconds = null, MostMebibytes = null,
    };

    private static IEnumerable<Benchmark> Sized(bool toy)
    {
        string[] dictionaries = toy ? [DictionarySize.Toy.Name] : [.. DictionarySize.All.Select(size => size.Name)];
        string[] texts = toy ? [TextSize.Toy.Name] : [.. TextSize.All.Select(size => size.Name)];
        string[] text = toy ? texts : ["512"];
        var product = new Contestant(Workloads.Product, toy ? DictionarySize.Toy.Name : "");
        yield return new Benchmark(product, [new Rival(product with { Peer = "mm" }, Bar.None)]) { Group = product.Workload };
        yield return new Benchmark(product with { Workload = Workloads.Copy }, []) { Group = Workloads.Copy };
        foreach (string size in dictionaries)
        {
            // The smallest size is too narrow for the encoder product alone to run near the peak.
            var floor = new Rival(product, size == DictionarySize.D.Name ? Bar.None : new Bar(0.7), ByFlops: true);
            yield return Against(Workloads.TopKStep, size, 2, ["autograd", "sparse"], floor, new Rival(new Contestant(Workloads.TopKStepUnscreened, size), Bar.None)) with
            {
                MostMebibytes = size == DictionarySize.C.Name ? DictionarySize.C.ParameterBytes / 1048576.0 + StepMebibytes : null,
            };
        }

        foreach (string size in dictionaries)
        {
            var unscreened = new Rival(new Contestant(Workloads.TopKStepUnscreened, size), Bar.None);
            yield return Against(Workloads.TopKStepDead, size, 2, ["autograd"], new Rival(new Contestant(Workloads.TopKStep, size), new Bar(1 / 1.35)), unscreened);
        }

        foreach (string size in dictionaries)
        {
            yield return Against(Workloads.TopKInference, size, 1.3, ["bag"], new Rival(product, Bar.None, ByFlops: true));
        }

        foreach (string size in dictionaries)
        {
            yield return Against(Workloads.ReluStep, size, 2, ["autograd"], new Rival(product, Bar.None, ByFlops: true));
        }

        foreach (string size in texts)
        {
            yield return Against(Workloads.Forward, size, Workloads.Text(size).Length >= 512 ? 1.3 : 1, ["eager"]);
        }

        foreach (string size in text)
        {
            yield return Against(Workloads.LanguageModelStep, size, 1, ["eager"]);
            yield return Against(Workloads.Pipeline, size, 1, ["eager"]);
        }

        string scaled = toy ? DictionarySize.Toy.Name : DictionarySize.B.Name;
        var step = new Contestant(Workloads.TopKStep, scaled);
        var linear = new Bar(0.9, 1.1);
        yield return new Benchmark(step, [
            new Rival(step with { Threads = 1 }, new Bar(1.8)),
            new Rival(step with { Size = scaled + "*8N" }, linear, ByFlops: true),
            new Rival(step with { Size = scaled + "*8n" }, linear, ByFlops: true),
            new Rival(step with { Size = scaled + "/8N" }, Bar.None, ByFlops: true),
            new Rival(step with { Size = scaled + "/8n" }, Bar.None, ByFlops: true),
        ]) { Group = Scaling };
        yield return new Benchmark(new Contestant(Workloads.StartUp, ""), []) { Group = Workloads.StartUp, MostSeconds = 0.15 };
    }

    private static Benchmark Against(string workload, string size, double bar, string[] peers, params Rival[] rivals)
    {
        var ours = new Contestant(workload, size);
        return new Benchmark(ours, [.. rivals, .. peers.Select(peer => new Rival(ours with { Peer = peer }, new Bar(bar)))]) { Group = workload };
    }
}

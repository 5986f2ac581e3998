using System.Globalization;

namespace Mlsae.Benchmarks;

/// <summary>A workload and who does it.</summary>
/// <param name="Workload">a name of <see cref="Workloads"/></param>
/// <param name="Size">the name of its size</param>
/// <param name="Peer">the variant in PyTorch, or null for ours</param>
/// <param name="Threads">threads it may use; null for as many as all others</param>
public sealed record Contestant(string Workload, string Size, string? Peer = null, int? Threads = null)
{
    /// <summary>What tables call it.</summary>
    public string Name => Peer is { } peer ? $"PyTorch, {peer}" : $"{Workload} {Size}{(Threads is { } threads ? $", {threads} thread" : "")}";

    /// <summary>The arguments after the PyTorch script's name.</summary>
    public IEnumerable<string> PeerArguments()
    {
        yield return Workload;
        yield return Peer ?? throw new InvalidOperationException("This is no peer.");
        foreach (int number in Numbers())
        {
            yield return number.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The sizes as numbers: a script in another language needs no table of its own.</summary>
    private int[] Numbers()
    {
        if (Workload == Workloads.Product)
        {
            var (m, k, n) = ProductWorkload.Shape(Size == DictionarySize.Toy.Name);
            return [m, k, n];
        }

        if (Workload is Workloads.Forward or Workloads.LanguageModelStep or Workloads.Pipeline)
        {
            var text = Workloads.Text(Size);
            var (model, (latents, top)) = (text.Model, PipelineWorkload.Dictionary(text));
            return [text.Sequences, text.Length, model.LayerCount, model.ModelDim, model.HeadCount, model.MlpDim, model.VocabularySize, model.RotaryDims, latents, top];
        }

        var size = Workloads.Dictionary(Size);
        return [size.Vectors, size.ModelDim, size.LatentCount, size.K];
    }
}

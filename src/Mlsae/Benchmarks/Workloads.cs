using Mlsae.Numerics;

namespace Mlsae.Benchmarks;

/// <summary>The workloads by name.</summary>
public static class Workloads
{
    /// <summary>A training step of a TopK dictionary with AuxK, no latent dead.</summary>
    public const string TopKStep = "topk-step";

    /// <summary>The same with 30 % of the latents dead, so that AuxK has work.</summary>
    public const string TopKStepDead = "topk-step-dead";

    /// <summary><see cref="TopKStep"/> whose encoder product is one of 32-bit floats, without screening by 8-bit ones.</summary>
    public const string TopKStepUnscreened = "topk-step-unscreened";

    /// <summary>Encode, TopK, decode.</summary>
    public const string TopKInference = "topk-inference";

    /// <summary>A training step of a ReLU dictionary with L1.</summary>
    public const string ReluStep = "relu-step";

    /// <summary>A language model's forward pass that keeps every block's residual stream.</summary>
    public const string Forward = "lm-forward";

    /// <summary>A training step of a language model.</summary>
    public const string LanguageModelStep = "lm-step";

    /// <summary>From tokens over all layers to the dictionary's step.</summary>
    public const string Pipeline = "pipeline";

    /// <summary>A plain matrix product.</summary>
    public const string Product = "product";

    /// <summary>A plain copy of memory.</summary>
    public const string Copy = "copy";

    /// <summary><c>mlsae --help</c>.</summary>
    public const string StartUp = "start-up";

    /// <summary>The share of latents that are dead where some are.</summary>
    public const double DeadShare = 0.3;

    /// <summary>Makes a workload.</summary>
    /// <param name="name">one of this class's names</param>
    /// <param name="size">the name of a size; the toy size exists for each</param>
    /// <param name="command">how the command <c>mlsae</c> is started</param>
    /// <exception cref="ArgumentException">There is no such workload or size.</exception>
    public static Workload Make(string name, string size, IReadOnlyList<string> command) => name switch
    {
        TopKStep => DictionaryStepWorkload.TopK(Dictionary(size), 0),
        TopKStepUnscreened => Unscreened(() => DictionaryStepWorkload.TopK(Dictionary(size), 0)),
        TopKStepDead => DictionaryStepWorkload.TopK(Dictionary(size), DeadShare),
        TopKInference => new InferenceWorkload(Dictionary(size)),
        ReluStep => DictionaryStepWorkload.Relu(Dictionary(size)),
        Forward => new ForwardWorkload(Text(size)),
        LanguageModelStep => new LanguageModelStepWorkload(Text(size)),
        Pipeline => new PipelineWorkload(Text(size)),
        Product => new ProductWorkload(size == DictionarySize.Toy.Name),
        Copy => new CopyWorkload(size == DictionarySize.Toy.Name),
        StartUp => new StartUpWorkload([.. command, "--help"]),
        _ => throw new ArgumentException($"There is no workload '{name}'."),
    };

    /// <summary>This process is the workload's own, so the switch is too.</summary>
    private static Workload Unscreened(Func<Workload> make)
    {
        Kernels.ScreensLatents = false;
        return make();
    }

    /// <summary>A size of dictionaries by name; "B*8N" and "B*8n" are B with eight times the vectors or the latents, "B/8N" and "B/8n" with an eighth.</summary>
    /// <exception cref="ArgumentException">There is no such size.</exception>
    public static DictionarySize Dictionary(string name)
    {
        string[] parts = name.Split('/', '*');
        int times = name.Contains('*', StringComparison.Ordinal) ? 64 : 1;
        var size = DictionarySize.All.Append(DictionarySize.Toy).FirstOrDefault(one => one.Name == parts[0]);
        return (size, parts) switch
        {
            (null, _) => throw new ArgumentException($"There is no size '{name}'; there are {string.Join(", ", DictionarySize.All.Select(one => one.Name))}."),
            (_, [_]) => size,
            (_, [_, "8N"]) => size with { Name = name, Vectors = size.Vectors * times / 8 },
            (_, [_, "8n"]) => size with { Name = name, LatentCount = size.LatentCount * times / 8 },
            _ => throw new ArgumentException($"There is no size '{name}'."),
        };
    }

    /// <summary>A size of texts by name.</summary>
    /// <exception cref="ArgumentException">There is no such size.</exception>
    public static TextSize Text(string name) => TextSize.All.Append(TextSize.Toy).FirstOrDefault(size => size.Name == name)
        ?? throw new ArgumentException($"There is no size '{name}'; there are {string.Join(", ", TextSize.All.Select(size => size.Name))}.");
}

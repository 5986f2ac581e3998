using Mlsae.Analysis.Causal;
using Mlsae.Metrics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>What causal-tree found.</summary>
/// <param name="Contexts">contexts of the text that was read</param>
/// <param name="TextTokens">tokens of it that are not special</param>
/// <param name="Config">how the trees were grown</param>
/// <param name="Trees">a tree for each target</param>
public sealed record CausalTreesResult(int Contexts, int TextTokens, CausalTreeConfig Config, IReadOnlyList<CausalTree> Trees)
{
    /// <summary>Name and version of the definition.</summary>
    public string Definition { get; init; } = CausalTree.Definition;
}

/// <summary>causal-tree: which latents of the layers before make a latent fire.</summary>
public sealed class CausalTreeAnalysis : CausalAnalysis<CausalTreesResult>
{
    private const string FileName = "causal-tree.json";

    /// <summary>Facts whose latents are looked at where none are named.</summary>
    public static IReadOnlyList<string> DefaultFacts { get; } = ["next:bracket.close", "next:possessive", "base64", "ioi.second-name"];

    /// <inheritdoc/>
    public override string Name => "causal-tree";

    /// <inheritdoc/>
    public override string Question => "Which latents of earlier layers make a latent fire, layer by layer?";

    /// <inheritdoc/>
    public override string? Hindrance(TrainedRun run) => base.Hindrance(run) ?? CausalSubject.Hindrance(run.HookPoints);

    /// <inheritdoc/>
    public override CausalTreesResult Read(string folder) => JsonFile.Read<CausalTreesResult>(Path.Combine(folder, FileName));

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation)
    {
        var read = ReadText.Of(run, settings, new PartialProgress(progress, 0, Reading), cancellation);
        var config = new CausalTreeConfig { Seed = settings.Seed };
        var grower = new CausalTreeGrower(new CausalSubject(run.Model, run.HookPoints, run.Dictionary, read.Text, read.Facts), config);
        var targets = read.Choose(run, settings, DefaultFacts, firstLayer: 1);
        CausalTree[] trees = [.. targets.Select((target, i) => grower.Grow(target, run.DisplayToken, PartialProgress.Of(progress, Reading, i, targets.Count), cancellation))];
        JsonFile.Write(In(run, FileName), new CausalTreesResult(read.Text.Contexts.Count, read.Text.TokenCount, config, trees));
    }
}

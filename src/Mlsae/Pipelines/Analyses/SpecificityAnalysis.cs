using Mlsae.Analysis.Proxies;
using Mlsae.Metrics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>A proxy with the latent and the basis direction that go with it best.</summary>
/// <param name="Proxy">its name</param>
/// <param name="Definition">how it is defined</param>
/// <param name="TokenShare">share of all tokens with a score above 0</param>
/// <param name="Latent">the latent, at its best layer</param>
/// <param name="Basis">the dimension of the vectors, upwards or downwards, at its best layer</param>
/// <param name="Concept">the proxy against the concept that says the same; null where none is known</param>
public sealed record ProxyFinding(string Proxy, string Definition, double TokenShare, ProxySpecificity Latent, ProxySpecificity Basis, ProxyAgreement? Concept);

/// <summary>What specificity found.</summary>
/// <param name="Tokens">tokens that were measured on, without special ones</param>
/// <param name="SelectionTokens">tokens that latents and directions were chosen on</param>
/// <param name="Contexts">contexts that were measured on</param>
/// <param name="Proxies">the proxies that the text has enough of</param>
/// <param name="LeftOut">names of the others</param>
public sealed record SpecificityResult(long Tokens, long SelectionTokens, int Contexts, IReadOnlyList<ProxyFinding> Proxies, IReadOnlyList<string> LeftOut)
{
    /// <summary>Name and version of the definition.</summary>
    public string Definition { get; init; } =
        "specificity/1: of each proxy the latent and the basis direction that correlate most with its signal on every other context, measured on the rest; ten ranges of values above 0, share of each where the proxy's score is above 0";
}

/// <summary>specificity: how specific the best latent is to base64, DNA, digits and scripts, which proxies tell from tokens alone, beside the best direction of the basis.</summary>
public sealed class SpecificityAnalysis : RunAnalysis<SpecificityResult>
{
    private const string FileName = "specificity.json";

    /// <inheritdoc/>
    public override string Name => "specificity";

    /// <inheritdoc/>
    public override string Question => "How specific is a latent to base64, DNA, digits and scripts, at each strength, beside a direction of the basis?";

    /// <inheritdoc/>
    public override bool TakesLong => true;

    /// <inheritdoc/>
    public override SpecificityResult Read(string folder) => JsonFile.Read<SpecificityResult>(Path.Combine(folder, FileName));

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation)
    {
        var text = AnalysisText.Of(run, settings, settings.RareSequences);
        var work = new SpecificityWork(run, text);
        work.Choose(new PartialProgress(progress, 0, 0.5), cancellation);
        work.Measure(new PartialProgress(progress, 0.5, 1), cancellation);
        JsonFile.Write(In(run, FileName), work.Result(settings.Seed));
    }
}

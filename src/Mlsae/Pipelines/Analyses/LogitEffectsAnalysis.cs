using Mlsae.Analysis.Causal;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>What logit-effects found.</summary>
/// <param name="Contexts">contexts of the text that was read</param>
/// <param name="TextTokens">tokens of it that are not special</param>
/// <param name="RankedTokens">tokens of the vocabulary that rankings and rank correlations are over</param>
/// <param name="Config">how much was looked at</param>
/// <param name="Latents">what each latent does</param>
public sealed record LogitEffectsResult(int Contexts, int TextTokens, int RankedTokens, LogitEffectConfig Config, IReadOnlyList<LatentLogitEffects> Latents)
{
    /// <summary>Name and version of the definition.</summary>
    public string Definition { get; init; } = LogitEffectMeasure.Definition;

    /// <summary>The same of the direct logit weights.</summary>
    public string DirectDefinition { get; init; } = Analysis.LogitWeights.Definition;
}

/// <summary>What one latent at one layer does to every token of the vocabulary.</summary>
/// <param name="Kind">the way it is taken away; null for the direct logit weights</param>
/// <param name="OnTokens">[vocabulary]</param>
public sealed record LogitEffectRow(AblationKind? Kind, float[] OnTokens);

/// <summary>logit-effects: which tokens a latent promotes and suppresses, by taking it away in several ways and by its direct weights.</summary>
public sealed class LogitEffectsAnalysis : CausalAnalysis<LogitEffectsResult>
{
    private const string FileName = "logit-effects.json";
    private const string NumbersFileName = "effects.safetensors";

    /// <summary>Facts whose latents are looked at where none are named.</summary>
    public static IReadOnlyList<string> DefaultFacts { get; } = ["next:bracket.close", "bracket.close", "next:possessive", "possessive", "base64", "ioi.second-name"];

    /// <inheritdoc/>
    public override string Name => "logit-effects";

    /// <inheritdoc/>
    public override string Question => "Which tokens does a latent promote and suppress, by ablation and by its direct logit weights, at each layer?";

    /// <inheritdoc/>
    public override LogitEffectsResult Read(string folder) => JsonFile.Read<LogitEffectsResult>(Path.Combine(folder, FileName));

    /// <summary>The effects of a latent at a layer on every token.</summary>
    /// <param name="folder">analysis/logit-effects</param>
    /// <param name="latent">which latent</param>
    /// <param name="layer">at which layer</param>
    /// <returns>a row for each ablation, then the direct weights</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or has nothing of that latent at that layer.</exception>
    public IReadOnlyList<LogitEffectRow> ReadNumbers(string folder, int latent, int layer)
    {
        var found = Read(folder).Latents.SelectMany(of => of.Layers.Where(at => of.Latent.Latent == latent && at.Layer == layer)).FirstOrDefault()
            ?? throw new InvalidDataException($"'{folder}' has no effects of latent {latent} at layer {layer}.");
        using var file = SafetensorsFile.Open(Path.Combine(folder, NumbersFileName));
        string name = TensorOf(latent, layer);
        file.RequireShape(name, found.Ablations.Count + 1, file.Describe(name).Shape[^1]);
        var numbers = file.ReadMatrix(name);
        return [.. Enumerable.Range(0, numbers.Rows).Select(row => new LogitEffectRow(row < found.Ablations.Count ? found.Ablations[row].Kind : null, numbers.Row(row).ToArray()))];
    }

    /// <inheritdoc/>
    public override string? Hindrance(TrainedRun run) => base.Hindrance(run) ?? (
        run.HookPoints.FirstOrDefault(hook => hook.Kind is HookKind.AttentionPattern or HookKind.MlpPre or HookKind.FinalNorm or HookKind.Logits, HookPoint.ResidPost(0)) is { Kind: not HookKind.ResidPost } other
            ? $"Logit weights are of directions of the residual stream, of what is added to it, or of neurons; this dictionary reads {other}."
            : null);

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation)
    {
        var read = ReadText.Of(run, settings, new PartialProgress(progress, 0, Reading), cancellation);
        var config = new LogitEffectConfig { Seed = settings.Seed };
        var chosen = read.Choose(run, settings, DefaultFacts).DistinctBy(latent => latent.Latent).ToArray();
        var (latents, numbers) = (new List<LatentLogitEffects>(), new List<Tensor>());
        for (int i = 0; i < chosen.Length; i++)
        {
            latents.Add(Measure(run, read, config, chosen[i], numbers, PartialProgress.Of(progress, Reading, i, chosen.Length), cancellation));
        }

        int ranked = Enumerable.Range(0, run.Model.VocabularySize).Count(id => read.Text.Occurrences(id) >= config.FewestOccurrences && !read.Text.IsSpecial(id));
        SafetensorsFile.Write(In(run, NumbersFileName), numbers);
        JsonFile.Write(In(run, FileName), new LogitEffectsResult(read.Text.Contexts.Count, read.Text.TokenCount, ranked, config, latents));
    }

    private static LatentLogitEffects Measure(
        TrainedRun run, ReadText read, LogitEffectConfig config, ChosenLatent chosen, List<Tensor> numbers, IProgress<double> progress, CancellationToken cancellation)
    {
        int[] layers = [.. read.Text.LayersOf(chosen.Latent).Append(chosen.Layer).Distinct().Order()];
        var found = new List<LayerLogitEffects>();
        foreach (int layer in layers)
        {
            cancellation.ThrowIfCancellationRequested();
            var measure = new LogitEffectMeasure(run.Model, run.HookPoints[layer], new DictionaryAtLayer(run.Dictionary, layer), read.Text, config);
            var (effects, onTokens) = measure.Measure(chosen.Latent, run.DisplayToken);
            found.Add(effects);
            numbers.Add(Tensor.Of(TensorOf(chosen.Latent, layer), onTokens.AsSpan(), onTokens.Rows, onTokens.Columns));
            progress.Report((double)found.Count / layers.Length);
        }

        return new LatentLogitEffects(chosen, found);
    }

    private static string TensorOf(int latent, int layer) => FormattableString.Invariant($"latent-{latent}.layer-{layer}");
}

using Mlsae.Analysis.Causal;
using Mlsae.Analysis.Facts;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>What steering found.</summary>
/// <param name="Config">how texts were written</param>
/// <param name="Latents">what each latent does</param>
public sealed record SteeringResult(SteeringConfig Config, IReadOnlyList<SteeredLatent> Latents)
{
    /// <summary>Name and version of the definition.</summary>
    public string Definition { get; init; } = SteeredLatent.Definition;
}

/// <summary>steering: what the model writes with a latent turned up.</summary>
public sealed class SteeringAnalysis : CausalAnalysis<SteeringResult>
{
    private const string FileName = "steering.json";

    /// <inheritdoc/>
    public override string Name => "steering";

    /// <inheritdoc/>
    public override string Question => "What does the model write with a latent turned up, and at which price?";

    /// <inheritdoc/>
    public override bool IsDone(TrainedRun run, AnalysisSettings settings) => base.IsDone(run, settings) && Read(run).Config.Prompt == settings.Steering.Prompt;

    /// <inheritdoc/>
    public override SteeringResult Read(string folder) => JsonFile.Read<SteeringResult>(Path.Combine(folder, FileName));

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation)
    {
        var config = settings.Steering with { Seed = settings.Seed };
        int[] prompt = PromptOf(run, config);
        var read = ReadText.Of(run, settings, new PartialProgress(progress, 0, Reading), cancellation);
        DictionaryAtLayer[] layers = [.. Enumerable.Range(0, run.HookPoints.Count).Select(layer => new DictionaryAtLayer(run.Dictionary, layer))];
        var measure = new SteeringMeasure(run.Model, run.Tokenizer, run.HookPoints, layers, prompt, config);
        var chosen = read.Choose(run, settings, CausalTreeAnalysis.DefaultFacts);
        JsonFile.Write(In(run, FileName), new SteeringResult(config, [.. chosen.Select((latent, i) =>
            Steer(run, read, measure, latent, PartialProgress.Of(progress, Reading, i, chosen.Count), cancellation))]));
    }

    /// <summary>The latent is added to and pinned at its own layer, and pinned at all layers where it lives, where these are several.</summary>
    private static SteeredLatent Steer(TrainedRun run, ReadText read, SteeringMeasure measure, ChosenLatent latent, IProgress<double> progress, CancellationToken cancellation)
    {
        float[] largest = read.Largest(latent.Latent);
        string? fact = latent.Told is { } told ? TextFacts.WithoutNext(told.Concept) : null;
        var reading = fact is null ? null : new FactReading(read.Annotated!, run.Tokenizer, TextFacts.Find(fact));
        int[] lives = [.. read.Text.LayersOf(latent.Latent).Append(latent.Layer).Distinct().Order()];
        (SteeringMode Mode, int[] Layers)[] ways = [(SteeringMode.Add, [latent.Layer]), (SteeringMode.Pin, [latent.Layer]), (SteeringMode.Pin, lives)];
        ways = lives.Length > 1 ? ways : ways[..2];
        return new SteeredLatent(latent, largest, fact, reading?.Overall, [.. ways.Select((way, i) =>
            measure.Curve(latent, largest, way.Mode, way.Layers, reading, new PartialProgress(progress, (double)i / ways.Length, (i + 1.0) / ways.Length), cancellation))]);
    }

    /// <summary>The prompt's tokens, after an end-of-text token where the tokenizer has one, as in training.</summary>
    private static int[] PromptOf(TrainedRun run, SteeringConfig config)
    {
        int[] ids = [.. run.Tokenizer.EndOfText is { } separator ? [separator] : Array.Empty<int>(), .. run.Tokenizer.Encode(config.Prompt)];
        Require.That(
            ids.Length + config.NewTokens <= run.Model.ContextLength,
            $"The prompt has {ids.Length} tokens, and {config.NewTokens} are to be written after it; the model's context has room for {run.Model.ContextLength}.");
        return ids;
    }
}

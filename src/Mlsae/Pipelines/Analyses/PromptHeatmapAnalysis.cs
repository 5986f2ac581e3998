using Mlsae.Analysis;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;
using Mlsae.Transformers;

namespace Mlsae.Pipelines.Analyses;

/// <summary>prompt-heatmap: which latents are active on one prompt, at which layers and tokens.</summary>
public sealed class PromptHeatmapAnalysis : RunAnalysis<PromptLatents>
{
    private const string FileName = "prompt.json";

    /// <inheritdoc/>
    public override string Name => "prompt-heatmap";

    /// <inheritdoc/>
    public override string Question => "Which latents are active on one prompt, at which layers and tokens?";

    /// <inheritdoc/>
    public override bool IsDone(TrainedRun run, AnalysisSettings settings) => base.IsDone(run, settings) && Read(run).Prompt == settings.Prompt;

    /// <inheritdoc/>
    public override PromptLatents Read(string folder) => JsonFile.Read<PromptLatents>(Path.Combine(folder, FileName));

    /// <summary>Reads a prompt, after an end-of-text token where the tokenizer has one, as in training. That token's own latents are left out.</summary>
    /// <param name="run">the dictionary and its model</param>
    /// <param name="prompt">the text</param>
    /// <exception cref="ArgumentException">It has no tokens, or more than the model can read.</exception>
    public PromptLatents Measure(TrainedRun run, string prompt)
    {
        int[] ids = run.Tokenizer.Encode(prompt), first = run.Tokenizer.EndOfText is { } separator ? [separator] : [];
        Require.That(ids.Length > 0, "The prompt is empty.");
        Require.That(ids.Length + first.Length <= run.Model.ContextLength, $"The prompt has {ids.Length} tokens; the model reads at most {run.Model.ContextLength - first.Length}.");
        var codes = run.Encode(TokenBatch.Of([.. first, .. ids])).Codes;
        int layers = run.HookPoints.Count;
        return PromptLatents.Of(prompt, [.. ids.Select(run.Tokenizer.Display)], layers, codes.Select([.. Enumerable.Range(first.Length * layers, ids.Length * layers)]));
    }

    internal override void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation) =>
        JsonFile.Write(In(run, FileName), Measure(run, settings.Prompt));
}

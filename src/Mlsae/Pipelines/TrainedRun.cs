using Mlsae.Analysis;
using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;
using Mlsae.Text;
using Mlsae.Training;
using Mlsae.Transformers;

namespace Mlsae.Pipelines;

/// <summary>A finished run with what is needed to look into it: the dictionary, the model it was trained on, and its tokenizer.</summary>
public sealed class TrainedRun
{
    /// <summary>Tokens of one forward pass.</summary>
    private const int TokensPerForward = 4096;

    private TrainedRun(RunFolder folder, DictionaryRunConfig config, DictionaryPlan plan, LanguageModel model, Tokenizer tokenizer)
    {
        Folder = folder;
        Config = config;
        Plan = plan;
        int layers = config.Hooks.Count > 0 ? config.Hooks.Count : model.LayerCount;
        Dictionary = LayeredDictionary.Load(DictionaryTrainer.FolderOf(folder.Path, plan.Name, config.Dictionaries.Count), layers);
        Model = model;
        Tokenizer = tokenizer;
        var hooks = config.HookPoints();
        HookPoints = hooks.Count > 0 ? hooks : [.. Enumerable.Range(0, model.LayerCount).Select(HookPoint.ResidPost)];
    }

    /// <summary>The run's folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>What was trained, and on what.</summary>
    public DictionaryRunConfig Config { get; }

    /// <summary>Which of the run's dictionaries this is.</summary>
    public DictionaryPlan Plan { get; }

    /// <summary>The result of training.</summary>
    public ILayeredDictionary Dictionary { get; }

    /// <summary>The model whose activations it was trained on.</summary>
    public LanguageModel Model { get; }

    /// <summary>The model's tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Where the dictionary's vectors are read, in the order of layers.</summary>
    public IReadOnlyList<HookPoint> HookPoints { get; }

    /// <summary>Loads what a run needs.</summary>
    /// <param name="folder">a run of dictionary training that came to its end</param>
    /// <param name="model">another place of the model, where it moved; null for what the manifest says</param>
    /// <param name="dictionary">which of the run's dictionaries; null for its first</param>
    /// <exception cref="InvalidDataException">The run is unfinished or was trained on files of activations, or a file is damaged.</exception>
    /// <exception cref="ArgumentException">The run has no such dictionary.</exception>
    public static TrainedRun Open(RunFolder folder, string? model = null, string? dictionary = null)
    {
        var config = DictionaryRun.Config(folder);
        return Open(folder, config, model, [PlanOf(folder, config, dictionary)])[0];
    }

    /// <summary>Loads each of a run's dictionaries, with one model for all.</summary>
    /// <inheritdoc cref="Open(RunFolder, string?, string?)"/>
    public static IReadOnlyList<TrainedRun> OpenAll(RunFolder folder, string? model = null)
    {
        var config = DictionaryRun.Config(folder);
        return Open(folder, config, model, config.Dictionaries);
    }

    /// <summary>The folder of an analysis of this dictionary.</summary>
    /// <param name="analysis">such as "evaluation"</param>
    public string AnalysisPath(string analysis) => Config.Dictionaries.Count == 1 ? Folder.AnalysisPath(analysis) : Path.Combine(Folder.AnalysisPath(analysis), Plan.Name);

    private static TrainedRun[] Open(RunFolder folder, DictionaryRunConfig config, string? model, IReadOnlyList<DictionaryPlan> plans)
    {
        if (!Directory.Exists(folder.DictionaryPath))
        {
            throw new InvalidDataException($"'{folder.Path}' has no dictionary yet; finish its training with: mlsae train --resume {folder.Path}");
        }

        string name = model ?? config.Model ?? throw new InvalidDataException(
            $"'{folder.Path}' was trained on files of activations; name the model they came from with --model.");
        string modelFolder = EmbeddedModels.Folder(name);
        var (languageModel, tokenizer) = (LanguageModel.Load(modelFolder), TextData.Tokenizer(modelFolder, config.Tokenizer));
        return [.. plans.Select(plan => new TrainedRun(folder, config, plan, languageModel, tokenizer))];
    }

    private static DictionaryPlan PlanOf(RunFolder folder, DictionaryRunConfig config, string? name) => name is null
        ? config.Dictionaries[0]
        : config.Dictionaries.FirstOrDefault(plan => plan.Name == name)
            ?? throw new ArgumentException($"'{folder.Path}' has no dictionary '{name}'; it has {string.Join(", ", config.Dictionaries.Select(plan => plan.Name))}.");

    /// <summary>Contexts of held-out text, as long as those of training.</summary>
    /// <param name="data">"microworld", or a file or folder; null for what the run was trained on where that is the Microworld</param>
    /// <param name="count">how many at most</param>
    /// <exception cref="ArgumentException">No text was named and the run's own is no Microworld, of which other documents can be had.</exception>
    public IReadOnlyList<int[]> HeldOutContexts(string? data, int count)
    {
        data ??= Config.Data == TextData.Microworld ? TextData.Microworld : throw new ArgumentException(
            $"'{Folder.Path}' was trained on {Config.Data}; name other text to evaluate on with --data.");
        int length = Config.ContextLength > 0 ? Config.ContextLength : Model.ContextLength;
        using var contexts = new PackedContexts(TextData.HeldOut(data), Tokenizer, new PackingConfig { ContextLength = length });
        var taken = new List<int[]>();
        while (taken.Count < count && contexts.Next() is { } context)
        {
            taken.Add(context);
        }

        return taken.Count > 0 ? taken : throw new InvalidDataException($"'{data}' is shorter than one context of {length} tokens.");
    }

    /// <summary>The batches that contexts, all of one length, are run in.</summary>
    public static IEnumerable<TokenBatch> Batches(IReadOnlyList<int[]> contexts) =>
        contexts.Chunk(Math.Max(1, TokensPerForward / (contexts.Count > 0 ? contexts[0].Length : 1))).Select(TokenBatch.Of);

    /// <summary>The vectors of every hook point, and their codes.</summary>
    /// <returns>[tokens · L rows] row t·L + l is token t at layer l</returns>
    public (Matrix Vectors, SparseRows Codes) Encode(TokenBatch tokens)
    {
        var result = Model.Forward(tokens, new ForwardOptions { Captures = [.. HookPoints], Logits = false });
        var vectors = new Matrix(tokens.TokenCount * HookPoints.Count, Dictionary.ModelDim);
        for (int layer = 0; layer < HookPoints.Count; layer++)
        {
            var captured = result[HookPoints[layer]];
            for (int t = 0; t < tokens.TokenCount; t++)
            {
                captured.Row(t).CopyTo(vectors.Row(t * HookPoints.Count + layer));
            }
        }

        return (vectors, Dictionary.Encode(vectors));
    }

    /// <summary>Where each latent is active on some contexts, at each layer.</summary>
    /// <param name="contexts">all of one length</param>
    /// <param name="progress">told the share of the contexts done</param>
    /// <param name="cancellation">ends the work</param>
    public LatentActivations Activations(IReadOnlyList<int[]> contexts, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var latents = new LatentActivations(HookPoints.Count, Dictionary.LatentCount);
        int done = 0;
        foreach (var batch in Batches(contexts))
        {
            cancellation.ThrowIfCancellationRequested();
            latents.AppendInterleaved(Encode(batch).Codes);
            done += batch.Sequences;
            progress?.Report((double)done / contexts.Count);
        }

        return latents;
    }

    /// <summary>What evaluations of the run's dictionaries on the same contexts can share.</summary>
    /// <param name="contexts">of held-out text</param>
    /// <param name="cancellation">ends the work</param>
    public LayerAblations Ablations(IReadOnlyList<int[]> contexts, CancellationToken cancellation = default) =>
        new(LayerMeans.Measure(Model, HookPoints, Batches(contexts), Tokenizer.SpecialIds.ToHashSet(), cancellation));

    /// <summary>
    /// Evaluates on held-out text: reconstruction and downstream loss, what the latents are like, and how they spread over layers. Writes analysis/evaluation, analysis/latents and analysis/layers.
    /// </summary>
    /// <param name="contexts">of held-out text</param>
    /// <param name="seed">of the bootstrap</param>
    /// <param name="ablations">of the same contexts, for the loss recovered; null to leave it out, which takes a third of the time where no other dictionary measured them before</param>
    /// <param name="furtherContexts">contexts on which latents are counted too, without running the model on with reconstructions: so that rare ones show; null for none</param>
    /// <param name="progress">told the share of the contexts done</param>
    /// <param name="cancellation">ends the work; nothing is written then</param>
    public (EvaluationResult Evaluation, LatentStatistics Latents, LayerDistributions Layers) Evaluate(
        IReadOnlyList<int[]> contexts, ulong seed, LayerAblations? ablations = null, IReadOnlyList<int[]>? furtherContexts = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        var special = Tokenizer.SpecialIds.ToHashSet();
        var evaluator = new DictionaryEvaluator(Model, Dictionary, HookPoints, special, ablations);
        var layers = new LayerDistributions(HookPoints.Count, Dictionary.LatentCount);
        int done = 0;
        foreach (var batch in Batches(contexts))
        {
            cancellation.ThrowIfCancellationRequested();
            layers.Add(evaluator.Add(batch));
            done += batch.Sequences;
            progress?.Report((double)done / contexts.Count);
        }

        var evaluation = evaluator.Result(seed);
        foreach (var batch in Batches(furtherContexts ?? []))
        {
            cancellation.ThrowIfCancellationRequested();
            evaluator.Latents.Add(Without(special, batch, Encode(batch).Codes));
        }

        var latents = LatentStatistics.Of(evaluator.Latents, Dictionary, HookPoints, seed);
        cancellation.ThrowIfCancellationRequested();
        JsonFile.Write(Path.Combine(AnalysisPath("evaluation"), "evaluation.json"), evaluation);
        AtomicFile.WriteText(Path.Combine(AnalysisPath("evaluation"), "evaluation.csv"), EvaluationCsv.Of(evaluation, latents));
        LatentStatisticsFile.Write(AnalysisPath("latents"), latents, evaluator.Latents);
        LayerDistributionsFile.Write(Path.Combine(AnalysisPath("layers"), "layers.safetensors"), layers);
        JsonFile.Write(Path.Combine(AnalysisPath("layers"), "layers.json"), LayerStatistics.Of(layers));
        return (evaluation, latents, layers);
    }

    /// <summary>The codes of tokens that are not special.</summary>
    private SparseRows Without(HashSet<int> special, TokenBatch batch, SparseRows codes) =>
        codes.Select([.. Enumerable.Range(0, codes.Rows).Where(row => !special.Contains(batch.Ids[row / HookPoints.Count]))]);
}

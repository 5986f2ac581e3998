using Mlsae.Analysis;
using Mlsae.Dictionaries;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Storage;
using Mlsae.Text;
using Mlsae.Training;
using Mlsae.Transformers;

namespace Mlsae.Pipelines;

/// <summary>A finished run with what is needed to look into it: the dictionary, the model it was trained on, and its tokenizer. Each is loaded when it is first asked for.</summary>
public sealed class TrainedRun
{
    /// <summary>Tokens of one forward pass.</summary>
    private const int TokensPerForward = 4096;

    private readonly SubjectModel _subject;
    private readonly Lazy<ILayeredDictionary> _dictionary;
    private readonly Lazy<IReadOnlyList<HookPoint>> _hooks;

    private TrainedRun(RunFolder folder, DictionaryRunConfig config, DictionaryPlan plan, SubjectModel subject)
    {
        (Folder, Config, Plan, _subject) = (folder, config, plan, subject);
        _dictionary = new Lazy<ILayeredDictionary>(LoadDictionary);
        _hooks = new Lazy<IReadOnlyList<HookPoint>>(() => config.Hooks.Count > 0 ? config.HookPoints() : [.. Enumerable.Range(0, Model.LayerCount).Select(HookPoint.ResidPost)]);
    }

    /// <summary>The run's folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>What was trained, and on what.</summary>
    public DictionaryRunConfig Config { get; }

    /// <summary>Which of the run's dictionaries this is.</summary>
    public DictionaryPlan Plan { get; }

    /// <summary>The result of training.</summary>
    /// <exception cref="InvalidDataException">A file is missing or damaged.</exception>
    public ILayeredDictionary Dictionary => _dictionary.Value;

    /// <summary>The model whose activations it was trained on.</summary>
    /// <exception cref="InvalidDataException">The run was trained on files of activations, or a file is damaged.</exception>
    public LanguageModel Model => _subject.Model;

    /// <summary>The model's tokenizer.</summary>
    public Tokenizer Tokenizer => _subject.Tokenizer;

    /// <summary>Where the dictionary's vectors are read, in the order of layers.</summary>
    public IReadOnlyList<HookPoint> HookPoints => _hooks.Value;

    /// <summary>Whether a model is known that can read text.</summary>
    public bool HasModel => _subject.Name is not null;

    /// <summary>Tokens of a context of the run's text.</summary>
    public int ContextLength => Config.ContextLength > 0 ? Config.ContextLength : Model.ContextLength;

    /// <summary>One dictionary of a run.</summary>
    /// <param name="folder">a run of dictionary training that came to its end</param>
    /// <param name="model">another place of the model, where it moved; null for what the manifest says</param>
    /// <param name="dictionary">which of the run's dictionaries; null for its first</param>
    /// <exception cref="InvalidDataException">The run is unfinished, or of another kind.</exception>
    /// <exception cref="ArgumentException">The run has no such dictionary.</exception>
    public static TrainedRun Open(RunFolder folder, string? model = null, string? dictionary = null)
    {
        var all = OpenAll(folder, model);
        return dictionary is null ? all[0] : all.FirstOrDefault(run => run.Plan.Name == dictionary)
            ?? throw new ArgumentException($"'{folder.Path}' has no dictionary '{dictionary}'; it has {string.Join(", ", all.Select(run => run.Plan.Name))}.");
    }

    /// <summary>Each of a run's dictionaries, with one model for all.</summary>
    /// <inheritdoc cref="Open(RunFolder, string?, string?)"/>
    public static IReadOnlyList<TrainedRun> OpenAll(RunFolder folder, string? model = null)
    {
        var config = DictionaryRun.Config(folder);
        if (!Directory.Exists(folder.DictionaryPath))
        {
            throw new InvalidDataException($"'{folder.Path}' has no dictionary yet; finish its training with: mlsae train --resume {folder.Path}");
        }

        var subject = new SubjectModel(folder, model ?? config.Model, config.Tokenizer);
        return [.. config.Dictionaries.Select(plan => new TrainedRun(folder, config, plan, subject))];
    }

    /// <summary>The run's other dictionaries, with the same model.</summary>
    public IReadOnlyList<TrainedRun> Others => [.. Config.Dictionaries.Where(plan => plan.Name != Plan.Name).Select(plan => new TrainedRun(Folder, Config, plan, _subject))];

    /// <summary>The folder of an analysis of this dictionary.</summary>
    /// <param name="analysis">such as "evaluation"</param>
    public string AnalysisPath(string analysis) => Config.Dictionaries.Count == 1 ? Folder.AnalysisPath(analysis) : Path.Combine(Folder.AnalysisPath(analysis), Plan.Name);

    /// <summary>A token as it is shown in figures and tables; of an id beyond the tokenizer's vocabulary, as models that round it up have them, the number.</summary>
    public string DisplayToken(int id) => Tokenizer.Contains(id) ? Tokenizer.Display(id) : $"[{id}]";

    /// <summary>The batches that contexts, all of one length, are run in; made as they are asked for.</summary>
    public static IEnumerable<TokenBatch> Batches(IEnumerable<int[]> contexts)
    {
        var batch = new List<int[]>();
        foreach (int[] context in contexts)
        {
            batch.Add(context);
            if ((batch.Count + 1) * context.Length > TokensPerForward)
            {
                yield return TokenBatch.Of(batch);
                batch.Clear();
            }
        }

        if (batch.Count > 0)
        {
            yield return TokenBatch.Of(batch);
        }
    }

    /// <summary>Contexts of held-out text, as long as those of training, made as they are asked for.</summary>
    /// <param name="data">"microworld", or a file or folder; null for what the run was trained on where that is the Microworld</param>
    /// <exception cref="ArgumentException">No text was named and the run's own is no Microworld, of which other documents can be had.</exception>
    public IEnumerable<int[]> HeldOut(string? data)
    {
        data ??= Config.Data == TextData.Microworld ? TextData.Microworld : throw NoHeldOutText();
        return ContextsOf(TextData.HeldOut(data), data);
    }

    /// <summary>Contexts of the text that was trained on, from its beginning, made as they are asked for.</summary>
    /// <param name="data">"microworld", or a file or folder, to take instead where the run was trained on files of activations</param>
    /// <exception cref="ArgumentException">No text is known.</exception>
    public IEnumerable<int[]> TrainingContexts(string? data)
    {
        data = Config.Data ?? data ?? throw new ArgumentException($"'{Folder.Path}' was trained on files of activations; name text with --data.");
        return ContextsOf(TextData.Training(data, Config.FirstDocument), data);
    }

    /// <summary>The first contexts of held-out text.</summary>
    /// <param name="data">"microworld", or a file or folder; null for what the run was trained on where that is the Microworld</param>
    /// <param name="count">how many at most</param>
    /// <exception cref="ArgumentException">No text was named and the run's own is no Microworld, of which other documents can be had.</exception>
    /// <exception cref="InvalidDataException">The text is shorter than one context.</exception>
    public IReadOnlyList<int[]> HeldOutContexts(string? data, int count) => [.. HeldOut(data).Take(count)];

    /// <summary>The vectors of every hook point, special tokens' too, and their codes.</summary>
    /// <returns>[tokens · L rows] row t·L + l is token t at layer l</returns>
    public (Matrix Vectors, SparseRows Codes) Encode(TokenBatch tokens)
    {
        var vectors = Vectors(tokens, [.. Enumerable.Range(0, tokens.TokenCount)]);
        return (vectors, Dictionary.Encode(vectors));
    }

    /// <summary>The tokens of a batch that are not special, with their vectors and, where wanted, codes.</summary>
    /// <param name="tokens">the batch</param>
    /// <param name="firstSequence">which sequence of the text it begins with, from 0</param>
    /// <param name="codes">whether codes are needed</param>
    /// <param name="signed">whether codes are those before ReLU, as the published analyses take them</param>
    /// <exception cref="ArgumentException">Codes before ReLU are asked for of a dictionary that has none.</exception>
    public EncodedTokens EncodeText(TokenBatch tokens, int firstSequence = 0, bool codes = true, bool signed = false)
    {
        int[] positions = tokens.PositionsExcept(Tokenizer.SpecialIds.ToHashSet());
        var vectors = Vectors(tokens, positions);
        return new EncodedTokens(tokens, positions, firstSequence, vectors, !codes ? null : signed ? Dictionary.EncodeSigned(vectors) : Dictionary.Encode(vectors));
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

    /// <summary>Says that held-out text must be named: the run's own is no Microworld, of which other documents can be had.</summary>
    internal ArgumentException NoHeldOutText() => new($"'{Folder.Path}' was trained on {Config.Data ?? "files of activations"}; name other text to evaluate on with --data.");

    private ILayeredDictionary LoadDictionary()
    {
        string folder = DictionaryTrainer.FolderOf(Folder.Path, Plan.Name, Config.Dictionaries.Count);

        // Without hooks in the configuration the layers are the model's; of activation files the dictionary's own file knows how many.
        return LayeredDictionary.Load(folder, Config.Hooks.Count > 0 ? Config.Hooks.Count : HasModel ? Model.LayerCount : 1);
    }

    private IEnumerable<int[]> ContextsOf(Func<IEnumerable<string>> documents, string data)
    {
        using var contexts = new PackedContexts(documents, Tokenizer, new PackingConfig { ContextLength = ContextLength });
        if (contexts.Next() is not { } first)
        {
            throw new InvalidDataException($"'{data}' is shorter than one context of {ContextLength} tokens.");
        }

        yield return first;
        while (contexts.Next() is { } context)
        {
            yield return context;
        }
    }

    /// <summary>[positions · L × d_model] the vectors of some tokens of a batch at every hook point.</summary>
    private Matrix Vectors(TokenBatch tokens, int[] positions)
    {
        var result = Model.Forward(tokens, new ForwardOptions { Captures = [.. HookPoints], Logits = false });
        var vectors = new Matrix(positions.Length * HookPoints.Count, result[HookPoints[0]].Columns);
        for (int layer = 0; layer < HookPoints.Count; layer++)
        {
            var captured = result[HookPoints[layer]];
            for (int t = 0; t < positions.Length; t++)
            {
                captured.Row(positions[t]).CopyTo(vectors.Row(t * HookPoints.Count + layer));
            }
        }

        return vectors;
    }
}

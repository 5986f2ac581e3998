using System.CommandLine;
using Mlsae.Dictionaries;
using Mlsae.Pipelines;
using Mlsae.Pipelines.Comparisons;
using Mlsae.Training;
using Mlsae.Transformers;

namespace Mlsae.Cli.Commands;

/// <summary>The options of <c>mlsae compare</c>, and the configuration they make. What is not said is as in the demo.</summary>
internal static class CompareOptions
{
    private const int LongestDefaultContext = 256;

    private static readonly Option<string> Model = ModelOption.Create();
    private static readonly Option<string> Data = new("--data") { Description = "The text: 'microworld', or a file or folder (.txt, .jsonl, .jsonl.gz, .jsonl.zst).", DefaultValueFactory = _ => TextData.Microworld };
    private static readonly Option<string> EvaluationData = new("--evaluation-data") { Description = "Text that is not trained on; the Microworld's held-out documents where the data is the Microworld." };
    private static readonly Option<string> TokenizerPath = new("--tokenizer") { Description = "A tokenizer.json, where the model's folder has none." };
    private static readonly Option<string[]> Hooks = new("--hooks") { Description = "Where to read, such as blocks.0.hook_resid_post; every block's output without it.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string> BudgetName = new("--budget") { Description = $"What is equal: {string.Join(", ", Budgets.All.Select(entry => entry.Name))}.", DefaultValueFactory = _ => Budgets.NameOf(Budget.TotalLatents) };
    private static readonly Option<string> Kind = new("--kind") { Description = "Kind of every dictionary: topk or batchtopk.", DefaultValueFactory = _ => "topk" };
    private static readonly Option<int> Latents = new("--latents") { Description = "Latents of the multi-layer dictionary, n; those of the others follow from the budget.", DefaultValueFactory = _ => 2048 };
    private static readonly Option<int> K = new("--k") { Description = "Latents kept for each vector, in every dictionary.", DefaultValueFactory = _ => 16 };
    private static readonly Option<string[]> Sweep = new("--sweep") { Description = "Several points: k=8,16,32 and R=8,16,32, R being the expansion factor n / d_model.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<int> Seeds = new("--seeds") { Description = "Seeds of the initial weights; intervals are over them too.", DefaultValueFactory = _ => 3 };
    private static readonly Option<bool> WithCrosscoder = new("--with-crosscoder") { Description = "A crosscoder as a third arm: one code of k latents for all layers of a token." };
    private static readonly Option<long> Vectors = new("--vectors") { Description = "Vectors that each multi-layer dictionary is trained on.", DefaultValueFactory = _ => 6_144_000 };
    private static readonly Option<double> LearningRate = new("--learning-rate") { Description = "Between warm-up and decay, of every dictionary.", DefaultValueFactory = _ => 1e-3 };
    private static readonly Option<long> WarmUp = new("--warm-up-steps") { Description = "Steps over which the learning rate rises.", DefaultValueFactory = _ => 100 };
    private static readonly Option<long> Decay = new("--decay-steps") { Description = "Steps at the end over which it falls.", DefaultValueFactory = _ => 500 };
    private static readonly Option<int?> AuxK = new("--aux-k") { Description = "Dead latents that reconstruct the error; 0 for none. [default: half of d_model]" };
    private static readonly Option<long> DeadAfter = new("--dead-after-tokens") { Description = "Tokens without being active after which a latent is dead.", DefaultValueFactory = _ => 100_000 };
    private static readonly Option<int> BatchTokens = new("--batch-tokens") { Description = "Tokens of a step.", DefaultValueFactory = _ => 512 };
    private static readonly Option<int?> Context = new("--context") { Description = $"Tokens of a context. [default: what the model can read, at most {LongestDefaultContext}]" };
    private static readonly Option<int> Sequences = new("--sequences") { Description = "Held-out contexts to evaluate on; intervals are over them.", DefaultValueFactory = _ => 128 };
    private static readonly Option<int?> ConceptContexts = new("--concept-contexts") { Description = "Held-out contexts that Microworld concepts are scored on; 0 for none. [default: 256, none in a sweep]" };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "The first seed of weights, of the order of vectors, and of the bootstrap.", DefaultValueFactory = _ => 0 };

    /// <summary>All options, in the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } =
    [
        Model, Data, EvaluationData, TokenizerPath, Hooks, BudgetName, Kind, Latents, K, Sweep, Seeds, WithCrosscoder, Vectors, LearningRate, WarmUp, Decay, AuxK, DeadAfter,
        BatchTokens, Context, Sequences, ConceptContexts, Seed,
    ];

    /// <summary>The configuration of a run, checked.</summary>
    public static DictionaryRunConfig RunConfig(ParseResult parsed)
    {
        // Before the model is opened, which takes a while.
        var budget = Budgets.Parse(parsed.GetRequiredValue(BudgetName));
        // The sizes are not known before the model is opened, and opening needs a configuration.
        var source = Source(parsed);
        var (modelDim, layerCount) = DictionaryRun.Sizes(source);
        var comparison = Comparison(parsed, budget, modelDim);
        long tokens = (parsed.GetValue(Vectors) + layerCount - 1) / layerCount;
        return source with { Comparison = comparison, Dictionaries = comparison.Plans(Template(parsed, modelDim), tokens, new VectorSizes(modelDim, layerCount)) };
    }

    private static DictionaryRunConfig Source(ParseResult parsed)
    {
        string data = parsed.GetRequiredValue(Data);
        string model = parsed.GetRequiredValue(Model);
        return new DictionaryRunConfig
        {
            Model = model,
            Data = data,
            Tokenizer = parsed.GetValue(TokenizerPath) is { } tokenizer ? Path.GetFullPath(tokenizer) : null,
            FirstDocument = data == TextData.Microworld ? TrainCommand.DocumentsOfModels : 0,
            ContextLength = parsed.GetValue(Context) ?? Math.Min(LongestDefaultContext, LanguageModel.Load(ModelOption.Folder(model)).ContextLength),
            Hooks = [.. (parsed.GetValue(Hooks) ?? []).SelectMany(hook => hook.Split(','))],
            Dictionaries = [],
            Training = new TrainingConfig { BatchTokens = parsed.GetValue(BatchTokens), LogEvery = 20, CheckpointEvery = 1000 }.Validated(),
        };
    }

    private static ComparisonConfig Comparison(ParseResult parsed, Budget budget, int modelDim)
    {
        string[] sweep = parsed.GetValue(Sweep) ?? [];
        return new ComparisonConfig
        {
            Budget = budget,
            Points = Pipelines.Comparisons.Sweep.Points(sweep, modelDim, new ComparisonPoint(parsed.GetValue(K), parsed.GetValue(Latents))),
            Seeds = parsed.GetValue(Seeds),
            WithCrosscoder = parsed.GetValue(WithCrosscoder),
            EvaluationData = parsed.GetValue(EvaluationData),
            Sequences = parsed.GetValue(Sequences),
            ConceptContexts = parsed.GetValue(ConceptContexts) ?? (sweep.Length > 0 ? 0 : 256),
            BootstrapSeed = parsed.GetValue(Seed),
        }.Validated();
    }

    private static SelectionConfig Template(ParseResult parsed, int modelDim)
    {
        SelectionConfig kind = parsed.GetRequiredValue(Kind) switch
        {
            "topk" => new TopKConfig { ModelDim = modelDim },
            "batchtopk" => new BatchTopKConfig { ModelDim = modelDim },
            var other => throw new UsageException($"'{other}' is no kind that can be compared at equal L0; there are topk, batchtopk."),
        };
        return kind with
        {
            AuxK = parsed.GetValue(AuxK) ?? kind.AuxK,
            DeadAfterTokens = parsed.GetValue(DeadAfter),
            Adam = new AdamConfig { LearningRate = parsed.GetValue(LearningRate), WarmUpSteps = parsed.GetValue(WarmUp), DecaySteps = parsed.GetValue(Decay) },
            Seed = parsed.GetValue(Seed),
        };
    }
}

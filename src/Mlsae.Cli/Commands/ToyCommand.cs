using System.CommandLine;
using Mlsae.Analysis.Toys;
using Mlsae.Dictionaries;
using Mlsae.Pipelines.Comparisons;
using Mlsae.Pipelines.Toys;
using Mlsae.Storage;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae toy</c>: dictionaries on data whose features are known.</summary>
internal static class ToyCommand
{
    private static readonly Option<int> Width = new("--width") { Description = "Width of the vectors.", DefaultValueFactory = _ => 64 };
    private static readonly Option<int> Features = new("--features") { Description = "Number of true features.", DefaultValueFactory = _ => 128 };
    private static readonly Option<double> Active = new("--active") { Description = "Features active at a token, on average.", DefaultValueFactory = _ => 4 };
    private static readonly Option<double> Decay = new("--decay") { Description = "How much rarer each feature is than the one before it, as a factor.", DefaultValueFactory = _ => 0.99 };
    private static readonly Option<bool> Correlated = new("--correlated") { Description = "Features are active together or apart, as a random covariance has it." };
    private static readonly Option<double> Noise = new("--noise") { Description = "Standard deviation of noise on every component." };
    private static readonly Option<int?> Latents = new("--latents") { Description = "Dictionary size; in layered data that of the shared dictionary. [default: 2 for each feature, in layered data and layer 1]" };
    private static readonly Option<int> K = new("--k") { Description = "Latents kept for each vector.", DefaultValueFactory = _ => 4 };
    private static readonly Option<double?> Sparsity = new("--sparsity") { Description = "relu, tied-relu, jumprelu, gated: weight of the sparsity term. [default: such that L0 comes near 4]" };
    private static readonly Option<long> Tokens = new("--tokens") { Description = "Tokens to train on.", DefaultValueFactory = _ => 500_000 };
    private static readonly Option<int> BatchTokens = new("--batch-tokens") { Description = "Tokens of a step.", DefaultValueFactory = _ => 512 };
    private static readonly Option<int> Seeds = new("--seeds") { Description = "Repetitions with other features, tokens and initial weights.", DefaultValueFactory = _ => 3 };
    private static readonly Option<ulong> Seed = new("--seed") { Description = "The first of the seeds.", DefaultValueFactory = _ => 0 };
    private static readonly Option<string> Output = new("--output") { Description = "Folder for toy.json and features.csv. [default: runs/toy- and the time]" };

    private static readonly Option<string[]> Kinds = new("--kind")
    {
        Description = $"Kinds of dictionaries: {string.Join(", ", DictionaryKinds.Names)}. [default: all that fit the data]", AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<bool> NonNegative = new("--non-negative") { Description = "No vector has negative components, so that nmf can be asked for." };
    private static readonly Option<int> Layers = new("--layers") { Description = "Layers of each token.", DefaultValueFactory = _ => 6 };
    private static readonly Option<double> Rotation = new("--rotation") { Description = "Degrees that a rotating feature turns from a layer to the next.", DefaultValueFactory = _ => 30 };
    private static readonly Option<string> Kind = new("--kind") { Description = "The kind of dictionary in every arrangement.", DefaultValueFactory = _ => "topk" };

    private static readonly Option<string> Equal = new("--budget")
    {
        Description = $"What the arrangements have equally much of: {string.Join(", ", Budgets.All.Select(budget => budget.Name))}.", DefaultValueFactory = _ => Budgets.NameOf(Budget.TotalLatents),
    };

    private static readonly Option<string[]> Arrangements = new("--arrangement")
    {
        Description = "How latents are arranged over layers: shared, per-layer, crosscoder. [default: all]", AllowMultipleArgumentsPerToken = true,
    };

    private static IEnumerable<Option> Common => [Width, Features, Active, Decay, Correlated, Noise, Latents, K, Sparsity, Tokens, BatchTokens, Seeds, Seed, Output];

    public static Command Create(string name, string description) => new(name, description) { Superposition(), Layered() };

    private static Command Superposition()
    {
        var command = new Command("superposition", "More features than dimensions, at one layer: which kind of dictionary finds them.") { Kinds, NonNegative };
        return With(command, parsed =>
        {
            var toy = Sized(new ToyConfig { NonNegative = parsed.GetValue(NonNegative) }, parsed);
            string[] kinds = Split(parsed.GetValue(Kinds));
            var plans = Plans(toy, parsed.GetValue(Latents) ?? 2 * toy.FeatureCount, parsed);
            // The components themselves are no directions that data in superposition could have.
            string[] fitting = [.. DictionaryKinds.Names.Where(name => !name.StartsWith("identity", StringComparison.Ordinal) && (name != "nmf" || toy.NonNegative))];
            return Experiment(toy, parsed) with { Dictionaries = [.. (kinds.Length > 0 ? kinds : fitting).Select(plans.OfKind)] };
        });
    }

    private static Command Layered()
    {
        var command = new Command("layered", "Features that persist, appear, rotate or live at one layer: what each arrangement over layers finds.") { Kind, Arrangements, Equal, Layers, Rotation };
        return With(command, parsed =>
        {
            int layers = parsed.GetValue(Layers);
            var toy = (LayeredToyConfig)Sized(new LayeredToyConfig { LayerCount = layers, RotationDegrees = parsed.GetValue(Rotation) }, parsed);
            string[] names = Split(parsed.GetValue(Arrangements));
            var arrangements = names.Length > 0 ? names.Select(DictionaryKinds.Arrangement) : Enum.GetValues<Arrangement>();
            // One for each feature and layer: enough for dictionaries per layer too, as each has a feature at each layer where it lives.
            var plans = Plans(toy, parsed.GetValue(Latents) ?? layers * toy.FeatureCount, parsed);
            var (kind, budget) = (parsed.GetRequiredValue(Kind), Budgets.Parse(parsed.GetRequiredValue(Equal)));
            return Experiment(toy, parsed) with { Dictionaries = [.. arrangements.Select(arrangement => plans.InArrangement(arrangement, kind, budget, layers))] };
        });
    }

    private static Command With(Command command, Func<ParseResult, ToyExperimentConfig> config)
    {
        foreach (var option in Common)
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellation) =>
        {
            var experiment = config(parsed).Validated();
            var result = ConsoleProgress.Run("Training", show => ToyExperiment.Run(
                experiment, new SynchronousProgress<double>(done => show(done, $"{experiment.Dictionaries.Count} dictionaries")), cancellation));
            string output = parsed.GetValue(Output) ?? Path.Combine(RunFolder.DefaultParent, $"toy-{DateTime.Now:yyyyMMdd-HHmmss}");
            result.Save(output);
            ToyTables.Write(result);
            Console.WriteLine($"Numbers: {output}");
            return Task.FromResult(0);
        });
        return command;
    }

    private static ToyConfig Sized(ToyConfig config, ParseResult parsed) => (config with
    {
        ModelDim = parsed.GetValue(Width),
        FeatureCount = parsed.GetValue(Features),
        MeanActive = parsed.GetValue(Active),
        Decay = parsed.GetValue(Decay),
        Correlated = parsed.GetValue(Correlated),
        Noise = parsed.GetValue(Noise),
        Seed = parsed.GetValue(Seed),
    }).Validated();

    private static ToyPlans Plans(ToyConfig toy, int latents, ParseResult parsed) =>
        new() { Toy = toy, Latents = latents, K = parsed.GetValue(K), Sparsity = parsed.GetValue(Sparsity), Tokens = parsed.GetValue(Tokens), BatchTokens = parsed.GetValue(BatchTokens) };

    private static ToyExperimentConfig Experiment(ToyConfig toy, ParseResult parsed) =>
        new() { Toy = toy, Dictionaries = [], Seeds = parsed.GetValue(Seeds), BatchTokens = parsed.GetValue(BatchTokens) };

    private static string[] Split(string[]? values) => [.. (values ?? []).SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries))];
}

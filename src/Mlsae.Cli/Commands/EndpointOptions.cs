using System.CommandLine;
using Mlsae.Endpoints;
using Mlsae.Pipelines.Interpretations;

namespace Mlsae.Cli.Commands;

/// <summary>Which language models <c>mlsae interpret</c> asks, and what that may cost.</summary>
internal static class EndpointOptions
{
    private const string DefaultKeyVariable = "MLSAE_API_KEY";

    private static readonly Option<string> Address = new("--endpoint") { Description = "The address that /chat/completions comes after, such as http://localhost:8080/v1.", Required = true };
    private static readonly Option<string> Explainer = new("--explainer") { Description = "The language model that explains, by its name there.", Required = true };
    private static readonly Option<string> Simulator = new("--simulator") { Description = "The language model that simulates. [default: the one that explains]" };
    private static readonly Option<string> KeyVariable = new("--key-variable") { Description = "The environment variable that holds the endpoint's key; none is sent where it is not set.", DefaultValueFactory = _ => DefaultKeyVariable };
    private static readonly Option<double[]> Prices = Pair("--prices", "What a million tokens cost, of questions and of answers: two numbers.");
    private static readonly Option<double[]> SimulatorPrices = Pair("--simulator-prices", "The same of the language model that simulates, where it is another one.");
    private static readonly Option<double?> MaxCost = new("--max-cost") { Description = "Cap on what this call may spend, in the currency of the prices. What is done until it is reached is kept and summarised." };
    private static readonly Option<long?> MaxTokens = new("--max-tokens") { Description = "Cap on the tokens of questions and answers of this call." };
    private static readonly Option<bool> NoProbabilities = new("--no-probabilities") { Description = "Do not ask for the probabilities of answers; activations are then the answers themselves, not expected values." };
    private static readonly Option<int> Concurrency = new("--concurrency") { Description = "Questions that are open at once.", DefaultValueFactory = _ => 4 };
    private static readonly Option<double> Timeout = new("--timeout") { Description = "Seconds that an answer may take.", DefaultValueFactory = _ => 120 };
    private static readonly Option<int> Attempts = new("--attempts") { Description = "How often a question is put, at most, where the endpoint is busy or fails.", DefaultValueFactory = _ => 6 };

    /// <summary>All options, in the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } =
        [Address, Explainer, Simulator, KeyVariable, Prices, SimulatorPrices, MaxCost, MaxTokens, NoProbabilities, Concurrency, Timeout, Attempts];

    /// <summary>The configuration, checked.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public static EndpointInterpretationConfig Config(ParseResult parsed)
    {
        string explainer = parsed.GetRequiredValue(Explainer);
        return new EndpointInterpretationConfig
        {
            Endpoint = new EndpointConfig
            {
                Address = EndpointConfig.Parse(parsed.GetRequiredValue(Address)),
                Key = Key(parsed.GetRequiredValue(KeyVariable)),
                Timeout = TimeSpan.FromSeconds(parsed.GetValue(Timeout)),
                Attempts = parsed.GetValue(Attempts),
            },
            Explainer = explainer,
            Simulator = parsed.GetValue(Simulator) ?? explainer,
            Limits = Limits(parsed, explainer, parsed.GetValue(Simulator) ?? explainer),
            WantsProbabilities = !parsed.GetValue(NoProbabilities),
            Concurrency = parsed.GetValue(Concurrency),
        }.Validated();
    }

    private static string? Key(string variable)
    {
        string? key = Environment.GetEnvironmentVariable(variable);
        return string.IsNullOrWhiteSpace(key) ? null : key.Trim();
    }

    private static SpendLimits Limits(ParseResult parsed, string explainer, string simulator)
    {
        var prices = new Dictionary<string, TokenPrices>();
        if (parsed.GetValue(Prices) is [var input, var output])
        {
            prices[explainer] = new TokenPrices(input, output);
        }

        if (parsed.GetValue(SimulatorPrices) is [var simulatorInput, var simulatorOutput])
        {
            prices[simulator] = new TokenPrices(simulatorInput, simulatorOutput);
        }

        if (prices.Count == 1 && explainer != simulator)
        {
            throw new UsageException($"There are prices of one of '{explainer}' and '{simulator}' only; give both --prices and --simulator-prices, or neither.");
        }

        return new SpendLimits { Cost = parsed.GetValue(MaxCost), Tokens = parsed.GetValue(MaxTokens), Prices = prices };
    }

    private static Option<double[]> Pair(string name, string description) => new(name) { Description = description, Arity = new ArgumentArity(2, 2), AllowMultipleArgumentsPerToken = true };
}

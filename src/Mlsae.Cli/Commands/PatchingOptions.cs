using System.CommandLine;
using Mlsae.Analysis.Patching;

namespace Mlsae.Cli.Commands;

/// <summary>How features are patched: options of <c>mlsae analyze ioi-patching</c>.</summary>
internal static class PatchingOptions
{
    private static readonly PatchingConfig Default = new();

    private static readonly Option<int> Pairs = new("--pairs") { Description = "ioi-patching: prompt pairs to measure on; as many others are held out.", DefaultValueFactory = _ => Default.Pairs };
    private static readonly Option<int> OrderPairs = new("--order-pairs") { Description = "ioi-patching: pairs on which orders of features are compared with the published elimination.", DefaultValueFactory = _ => Default.OrderPairs };
    private static readonly Option<int> Thresholds = new("--thresholds") { Description = "ioi-patching: thresholds of that elimination.", DefaultValueFactory = _ => Default.Thresholds };
    private static readonly Option<string[]> Companions = new("--companions")
    {
        Description = $"ioi-patching: what the dictionary is compared with, any of {string.Join(", ", PatchingConfig.AllCompanions)}. [default: all]", AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<long?> CompanionTokens = new("--companion-tokens") { Description = "ioi-patching: tokens to train the dictionaries on that it compares with. [default: as many as the run's]" };

    /// <summary>All options, in the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } = [Pairs, OrderPairs, Thresholds, Companions, CompanionTokens];

    /// <summary>The configuration, checked.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public static PatchingConfig Config(ParseResult parsed) => new PatchingConfig
    {
        Pairs = parsed.GetValue(Pairs),
        OrderPairs = parsed.GetValue(OrderPairs),
        Thresholds = parsed.GetValue(Thresholds),
        Companions = parsed.GetValue(Companions) is { Length: > 0 } named ? [.. named.SelectMany(name => name.Split(','))] : Default.Companions,
        CompanionTokens = parsed.GetValue(CompanionTokens),
    }.Validated();
}

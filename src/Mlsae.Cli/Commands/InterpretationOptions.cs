using System.CommandLine;
using Mlsae.Analysis.Interpretation;
using Mlsae.Dictionaries;

namespace Mlsae.Cli.Commands;

/// <summary>How units are interpreted: options that <c>mlsae analyze</c> and <c>mlsae interpret</c> share.</summary>
internal static class InterpretationOptions
{
    private const string NeuronsName = "neurons";
    private const string NoneName = "none";

    private static readonly BaselineMethod[] Methods = [BaselineMethod.Identity, BaselineMethod.IdentityPositive, BaselineMethod.Random, BaselineMethod.Pca, BaselineMethod.Ica];
    private static readonly InterpretationConfig Default = new();

    private static readonly Option<int> Fragments = new("--fragments") { Description = "autointerp-baselines: fragments of 64 tokens, each of another document; 50000 as published.", DefaultValueFactory = _ => Default.Fragments };
    private static readonly Option<int> Units = new("--units") { Description = "autointerp-baselines: units of each dictionary at each layer, the first ones; 150 as published.", DefaultValueFactory = _ => Default.Units };
    private static readonly Option<int> BaselineTokens = new("--baseline-tokens") { Description = "autointerp-baselines: tokens that PCA and ICA are computed from.", DefaultValueFactory = _ => Default.BaselineTokens };

    private static readonly Option<string[]> Baselines = new("--baselines")
    {
        Description = $"autointerp-baselines: what the dictionary is compared with: {NoneName}, or any of {string.Join(", ", Methods.Select(DictionaryKinds.Hyphenated))}, {NeuronsName}.",
        DefaultValueFactory = _ => [.. Default.Baselines.Select(DictionaryKinds.Hyphenated), NeuronsName],
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>All options, in the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } = [Fragments, Units, Baselines, BaselineTokens];

    /// <summary>The configuration, checked.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public static InterpretationConfig Config(ParseResult parsed)
    {
        string[] names = [.. parsed.GetRequiredValue(Baselines).SelectMany(name => name.Split(',')).Where(name => name != NoneName)];
        return new InterpretationConfig
        {
            Fragments = parsed.GetValue(Fragments),
            Units = parsed.GetValue(Units),
            BaselineTokens = parsed.GetValue(BaselineTokens),
            Baselines = [.. names.Where(name => name != NeuronsName).Select(Method)],
            Neurons = names.Contains(NeuronsName),
        }.Validated();
    }

    private static BaselineMethod Method(string name)
    {
        int place = Array.FindIndex(Methods, method => DictionaryKinds.Hyphenated(method) == name);
        return place >= 0 ? Methods[place] : throw new UsageException(
            $"--baselines has '{name}', which is none of {NoneName}, {string.Join(", ", Methods.Select(DictionaryKinds.Hyphenated))}, {NeuronsName}.");
    }
}

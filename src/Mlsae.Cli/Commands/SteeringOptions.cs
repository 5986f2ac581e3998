using System.CommandLine;
using Mlsae.Analysis.Causal;

namespace Mlsae.Cli.Commands;

/// <summary>How steering writes text: options of <c>mlsae analyze steering</c>.</summary>
internal static class SteeringOptions
{
    private static readonly SteeringConfig Default = new();

    private static readonly Option<string> Prompt = new("--steering-prompt") { Description = "steering: what all texts begin with.", DefaultValueFactory = _ => Default.Prompt };
    private static readonly Option<double[]> Strengths = new("--strengths") { Description = "steering: multiples of a latent's largest value.", DefaultValueFactory = _ => [.. Default.Strengths], AllowMultipleArgumentsPerToken = true };
    private static readonly Option<int> Samples = new("--texts") { Description = "steering: texts at each strength.", DefaultValueFactory = _ => Default.Samples };
    private static readonly Option<int> NewTokens = new("--new-tokens") { Description = "steering: tokens that are written of each.", DefaultValueFactory = _ => Default.NewTokens };

    /// <summary>All options, in the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } = [Prompt, Strengths, Samples, NewTokens];

    /// <summary>The configuration, checked.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public static SteeringConfig Config(ParseResult parsed) => new SteeringConfig
    {
        Prompt = parsed.GetRequiredValue(Prompt),
        Strengths = parsed.GetRequiredValue(Strengths),
        Samples = parsed.GetValue(Samples),
        NewTokens = parsed.GetValue(NewTokens),
    }.Validated();
}

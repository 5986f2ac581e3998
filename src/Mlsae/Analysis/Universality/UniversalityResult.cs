using Mlsae.Analysis.Units;
using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Universality;

/// <summary>A unit of one model with the unit of another that its activation goes with best.</summary>
/// <param name="Unit">the unit</param>
/// <param name="Match">the other model's unit with the highest correlation of activations</param>
/// <param name="Density">share of tokens at which the unit fires</param>
/// <param name="Activation">that correlation, over tokens</param>
/// <param name="Attribution">correlation of the two's <see cref="DirectAttribution"/>, over the same tokens</param>
/// <param name="LogitWeights">correlation of the two's <see cref="Analysis.LogitWeights"/>, over the tokens of the vocabulary that occur often enough</param>
public sealed record UniversalPair(int Unit, int Match, double Density, double Activation, double Attribution, double LogitWeights)
{
    /// <summary>A correlation of activations from which on a pair with opposite logit weights is called odd.</summary>
    public const double HighActivation = 0.7;

    /// <summary>Whether the two fire together but do the opposite: high correlation of activations, negative correlation of logit weights.</summary>
    public bool IsOdd => Activation >= HighActivation && LogitWeights < 0;
}

/// <summary>How well units of one model find their like in another. Medians over units, with intervals over units.</summary>
/// <param name="From">whose units</param>
/// <param name="To">among which the best match was looked for</param>
/// <param name="Activation">correlation of activations with the best match</param>
/// <param name="Attribution">correlation of attributions of the same pairs</param>
/// <param name="BestAttribution">correlation of attributions with the best match by attribution</param>
/// <param name="LogitWeights">correlation of logit weights of the same pairs</param>
/// <param name="OtherTokens">the best correlation of activations where the other model's tokens are other tokens: what the choice of the best comes to by chance</param>
/// <param name="RandomLogitWeights">correlation of logit weights with another unit's match</param>
/// <param name="Pairs">each unit with its match</param>
public sealed record UnitUniversality(
    string From, string To, Estimate Activation, Estimate Attribution, Estimate BestAttribution, Estimate LogitWeights, Estimate OtherTokens, Estimate RandomLogitWeights, IReadOnlyList<UniversalPair> Pairs);

/// <summary>Whether two models have the same units: their latents against each other, beside their neurons. Bricken et al. 2023, section on universality.</summary>
public sealed record UniversalityResult
{
    /// <summary>Name and version of the definitions.</summary>
    public string Definition { get; init; } =
        "universality/1: for each unit the Pearson correlation over tokens with the other model's unit that has the highest; of these pairs the correlations of attributions f(t) v(t + 1) over tokens and of logit weights over "
        + "tokens that occur at least 10 times; medians over units that fire on more than 10 tokens and on at least one in a million";

    /// <summary>What the first dictionary is called.</summary>
    public required string First { get; init; }

    /// <summary>What the second is called.</summary>
    public required string Second { get; init; }

    /// <summary>Tokens that correlations are over: those that have a next one.</summary>
    public required long Tokens { get; init; }

    /// <summary>Contexts they are from.</summary>
    public required int Contexts { get; init; }

    /// <summary>Tokens of the vocabulary that logit weights are compared on.</summary>
    public required int VocabularyCompared { get; init; }

    /// <summary>How many latents of the first dictionary are compared.</summary>
    public required UnitCensus FirstLatents { get; init; }

    /// <summary>How many of the second.</summary>
    public required UnitCensus SecondLatents { get; init; }

    /// <summary>How many neurons of the first model.</summary>
    public required UnitCensus FirstNeurons { get; init; }

    /// <summary>How many of the second.</summary>
    public required UnitCensus SecondNeurons { get; init; }

    /// <summary>Latents to latents.</summary>
    public required UnitUniversality Latents { get; init; }

    /// <summary>Neurons to neurons.</summary>
    public required UnitUniversality Neurons { get; init; }

    /// <summary>Latents to the other model's neurons.</summary>
    public required UnitUniversality LatentsToNeurons { get; init; }
}

using Mlsae.Metrics;

namespace Mlsae.Analysis.Causal;

/// <summary>Texts written at one strength. Intervals are over texts.</summary>
/// <param name="Strength">multiple of the latent's largest value</param>
/// <param name="Fires">share of the new tokens on which the latent is active at its own layer when the untouched model reads the text</param>
/// <param name="Telling">how likely the fact is true of a new token, by a reading of pairs of tokens alone; null where no fact is known</param>
/// <param name="CrossEntropy">of the new tokens under the untouched model, nats a token: the price</param>
/// <param name="Texts">some of them</param>
public sealed record SteeringPoint(double Strength, Estimate Fires, Estimate? Telling, Estimate CrossEntropy, IReadOnlyList<string> Texts);

/// <summary>Effect against strength.</summary>
/// <param name="Mode">how the latent is turned up</param>
/// <param name="Layers">at which layers</param>
/// <param name="Points">by strength</param>
public sealed record SteeringCurve(SteeringMode Mode, IReadOnlyList<int> Layers, IReadOnlyList<SteeringPoint> Points);

/// <summary>One latent turned up.</summary>
/// <param name="Latent">which latent, and its own layer</param>
/// <param name="Largest">[L] its largest value at each layer in the text; 0 where it is never active</param>
/// <param name="Fact">what new tokens are read for: the fact that the latent tells; of one that tells what comes next, what that is; null where none is known</param>
/// <param name="Prior">the share of the text's tokens that have the fact; null where none is known</param>
/// <param name="Curves">each way of turning it up</param>
public sealed record SteeredLatent(ChosenLatent Latent, IReadOnlyList<float> Largest, string? Fact, double? Prior, IReadOnlyList<SteeringCurve> Curves)
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition =
        "steering/1: from the prompt's last token on, x + a s(x) f (add) or x + (v - z) s(x) f (pin); a, v = strength times the latent's largest value at the layer";
}

using Mlsae.Numerics;

namespace Mlsae.Analysis.Causal;

/// <summary>How text is written with latents turned up.</summary>
public sealed record SteeringConfig
{
    /// <summary>What all texts begin with; by default what Bricken et al. 2023 begin pinned samples with.</summary>
    public string Prompt { get; init; } = "1,2,3,4,5,6,7,8,9,10";

    /// <summary>Strengths, as multiples of the latent's largest value in the text at each layer.</summary>
    public IReadOnlyList<double> Strengths { get; init; } = [0, 0.5, 1, 2, 4];

    /// <summary>Texts written at each strength; text i has the same seed at all of them.</summary>
    public int Samples { get; init; } = 16;

    /// <summary>Tokens of each.</summary>
    public int NewTokens { get; init; } = 40;

    /// <summary>What logits are divided by.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Texts kept for showing.</summary>
    public int Shown { get; init; } = 3;

    /// <summary>Of texts and the bootstrap; that of the whole analysis.</summary>
    public ulong Seed { get; init; }

    /// <summary>This configuration, checked.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public SteeringConfig Validated()
    {
        Require.That(Prompt.Length > 0, "prompt of steering is empty; give a text.");
        Require.That(Strengths.Count > 0, "strengths is empty; name at least one multiple of a latent's largest value.");
        Require.That(Samples > 1, $"samples is {Samples}; it must be at least 2, as intervals are over texts.");
        Require.That(NewTokens > 0, $"new_tokens is {NewTokens}; it must be at least 1.");
        Require.That(Temperature > 0, $"temperature is {Temperature}; it must be greater than 0.");
        return this;
    }
}

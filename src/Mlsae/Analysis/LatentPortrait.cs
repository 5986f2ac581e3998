namespace Mlsae.Analysis;

/// <summary>Places at which a latent's value lies between two bounds, some of them drawn at random.</summary>
/// <param name="Low">lower bound, exclusive</param>
/// <param name="High">upper bound, inclusive</param>
/// <param name="Count">tokens in between</param>
/// <param name="Examples">some of them, each equally likely to be among them; in the order of the text</param>
public sealed record ActivationInterval(float Low, float High, long Count, IReadOnlyList<LatentExample> Examples);

/// <summary>A latent at one layer.</summary>
/// <param name="Layer">which, from 0</param>
/// <param name="ActiveTokens">tokens at which it is active there</param>
/// <param name="Largest">its largest value there; 0 where it never is</param>
/// <param name="Strongest">the strongest places, in descending order; equal values by the earlier token first</param>
/// <param name="Intervals">intervals of equal width between 0 and the largest value, the highest first; none where it is never active</param>
public sealed record LatentLayerPortrait(
    int Layer, long ActiveTokens, float Largest, IReadOnlyList<LatentExample> Strongest, IReadOnlyList<ActivationInterval> Intervals);

/// <summary>What one latent looks like at every layer: its strongest examples, and some from every range of its values, since the strongest alone flatter a latent.</summary>
/// <remarks>Bricken et al. 2023 show examples from evenly spaced intervals for that reason.</remarks>
public sealed record LatentPortrait
{
    /// <summary>Name and version of the definition.</summary>
    public string Definition { get; init; } =
        "latent_portrait/1: per layer the strongest tokens, and tokens drawn at random from intervals of equal width between 0 and the latent's largest value at that layer";

    /// <summary>The latent's index.</summary>
    public required int Latent { get; init; }

    /// <summary>Tokens that were looked at, without special ones.</summary>
    public required long Tokens { get; init; }

    /// <summary>Tokens among them at which the latent is active at any layer.</summary>
    public required long ActiveTokens { get; init; }

    /// <summary>Seed of the draws.</summary>
    public required ulong Seed { get; init; }

    /// <summary>[L]</summary>
    public required IReadOnlyList<LatentLayerPortrait> Layers { get; init; }
}

/// <summary>What of a latent is shown.</summary>
public sealed record LatentPortraitConfig
{
    /// <summary>The strongest examples of each layer.</summary>
    public int Strongest { get; init; } = 8;

    /// <summary>Intervals between 0 and the largest value.</summary>
    public int Intervals { get; init; } = 5;

    /// <summary>Examples drawn from each interval.</summary>
    public int PerInterval { get; init; } = 2;

    /// <summary>Tokens shown before an example's own.</summary>
    public int Before { get; init; } = 12;

    /// <summary>Tokens shown after it.</summary>
    public int After { get; init; } = 6;

    /// <summary>Seed of the draws.</summary>
    public ulong Seed { get; init; }
}

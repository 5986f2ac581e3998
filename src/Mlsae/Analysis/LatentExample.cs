namespace Mlsae.Analysis;

/// <summary>One token at which a latent was strongly active, with the text around it.</summary>
public sealed record LatentExample
{
    /// <summary>Index of the token among all tokens of the text, special ones too, from 0.</summary>
    public required long Token { get; init; }

    /// <summary>The layer whose value counts, from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>The latent's value at the token and layer.</summary>
    public required float Value { get; init; }

    /// <summary>[L] the latent's value at the token at each layer, 0 where it was not active.</summary>
    public required float[] LayerValues { get; init; }

    /// <summary>Where the token stands in <see cref="TokenIds"/>.</summary>
    public required int Position { get; init; }

    /// <summary>[window] ids of the tokens around it and its own, within one context.</summary>
    public required int[] TokenIds { get; init; }

    /// <summary>[window] their text; empty where nobody decoded them.</summary>
    public string[] Texts { get; init; } = [];

    /// <summary>[window] the latent's value at each of them, at <see cref="Layer"/>.</summary>
    public required float[] Values { get; init; }
}

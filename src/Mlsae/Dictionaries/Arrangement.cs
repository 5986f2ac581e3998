using System.Text.Json.Serialization;

namespace Mlsae.Dictionaries;

/// <summary>How latents are arranged over the layers that are trained on.</summary>
public enum Arrangement
{
    /// <summary>One dictionary for the vectors of all layers: an MLSAE (Lawson et al. 2024). A latent may be active at any layer of a token.</summary>
    [JsonStringEnumMemberName("shared")]
    Shared,

    /// <summary>One dictionary for each layer.</summary>
    [JsonStringEnumMemberName("per-layer")]
    PerLayer,

    /// <summary>One code for all layers of a token, with a direction for each layer (Lindsey et al. 2024).</summary>
    [JsonStringEnumMemberName("crosscoder")]
    Crosscoder,
}

using Mlsae.Numerics;

namespace Mlsae.Analysis.Tokens;

/// <summary>A latent at one token and layer of a prompt.</summary>
/// <param name="Layer">the layer, from 0</param>
/// <param name="Latent">the latent</param>
/// <param name="Value">its value there</param>
/// <param name="LargestInText">the largest value that it has at that layer anywhere in the text looked at, or there where that is larger</param>
public sealed record PromptHit(int Layer, int Latent, float Value, float LargestInText)
{
    /// <summary>The value as a share of the largest.</summary>
    public float Relative => Value / LargestInText;
}

/// <summary>Search for latents by a prompt: which are most active on one of its tokens. Cunningham et al. 2023, appendix on case studies.</summary>
public static class PromptSearch
{
    /// <summary>The most active latents at a token, layer by layer, the largest value first.</summary>
    /// <param name="prompt">where the prompt's latents are active</param>
    /// <param name="maxima">largest values over a text</param>
    /// <param name="position">the token, from 0</param>
    /// <param name="count">latents of each layer</param>
    /// <exception cref="ArgumentException">The prompt has no such token.</exception>
    public static PromptHit[] At(PromptLatents prompt, LatentMaxima maxima, int position, int count)
    {
        Require.That(position >= 0 && position < prompt.Tokens.Count, $"The prompt has no token {position}; it has {prompt.Tokens.Count}, from 0.");
        var here = prompt.Latents.SelectMany(latent => latent.Places.Where(place => place.Token == position), (latent, place) => (latent.Latent, place));
        return
        [
            .. here.GroupBy(hit => hit.place.Layer).OrderBy(layer => layer.Key).SelectMany(layer => layer
                .OrderByDescending(hit => hit.place.Value).ThenBy(hit => hit.Latent).Take(count)
                .Select(hit => new PromptHit(layer.Key, hit.Latent, hit.place.Value, Math.Max(hit.place.Value, maxima.At(layer.Key, hit.Latent))))),
        ];
    }
}

using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>Where on a prompt a latent is active.</summary>
/// <param name="Layer">which layer, from 0</param>
/// <param name="Token">which token, from 0</param>
/// <param name="Value">its value</param>
/// <param name="Relative">its value as a share of the largest value of any latent at that layer and token</param>
public sealed record PromptPlace(int Layer, int Token, float Value, float Relative);

/// <summary>One latent on a prompt.</summary>
/// <param name="Latent">its index</param>
/// <param name="LayerMean">Σ l·p(l) with p(l) its share of the layer, summed over the tokens: where in depth it is active</param>
/// <param name="Total">its activation, summed over tokens and layers</param>
/// <param name="Shares">[L] p(l)</param>
/// <param name="Places">every place where it is active, token by token, layer by layer</param>
public sealed record PromptLatent(int Latent, double LayerMean, double Total, IReadOnlyList<double> Shares, IReadOnlyList<PromptPlace> Places);

/// <summary>Which latents are active on one prompt: latents × layers × tokens.</summary>
/// <remarks>Lawson et al. 2024, figures of single prompts. Their code keeps the latents whose sum over tokens is above 1e-3 at some layer.</remarks>
public sealed record PromptLatents
{
    /// <summary>Latents are kept whose sum over tokens is above that at some layer.</summary>
    public const double SumAbove = 1e-3;

    /// <summary>Name and version of the definition.</summary>
    public string Definition { get; init; } =
        "prompt_latents/1: values of the latents whose sum over tokens is above 1e-3 at some layer; relative: value / largest value of any latent at that layer and token";

    /// <summary>The prompt.</summary>
    public required string Prompt { get; init; }

    /// <summary>[tokens] Its tokens as they are shown.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>L.</summary>
    public required int LayerCount { get; init; }

    /// <summary>The active latents in ascending order of mean layer, equal ones by larger total.</summary>
    public required IReadOnlyList<PromptLatent> Latents { get; init; }

    /// <summary>Sorts a prompt's codes by latents.</summary>
    /// <param name="prompt">the prompt</param>
    /// <param name="tokens">[tokens] its tokens as they are shown</param>
    /// <param name="layerCount">L</param>
    /// <param name="codes">[tokens · L rows] row t·L + l is token t at layer l</param>
    /// <exception cref="ArgumentException">There are codes of another number of tokens.</exception>
    public static PromptLatents Of(string prompt, IReadOnlyList<string> tokens, int layerCount, SparseRows codes)
    {
        Require.Equal(codes.Rows, tokens.Count * layerCount);
        var places = new List<(int Latent, PromptPlace Place)>();
        for (int row = 0; row < codes.Rows; row++)
        {
            float largest = codes.RowValues(row).ToArray().DefaultIfEmpty().Max();
            for (int entry = codes.Start(row); entry < codes.Start(row + 1); entry++)
            {
                float value = codes.Values[entry];
                if (value > 0)
                {
                    places.Add((codes.Indices[entry], new PromptPlace(row % layerCount, row / layerCount, value, value / largest)));
                }
            }
        }

        return new PromptLatents
        {
            Prompt = prompt,
            Tokens = tokens,
            LayerCount = layerCount,
            Latents =
            [
                .. places.GroupBy(place => place.Latent, place => place.Place).Select(group => (group.Key, Places: group.ToArray(), Sums: Sums(group, layerCount)))
                    .Where(of => of.Sums.Any(sum => sum > SumAbove)).Select(of => Latent(of.Key, of.Places, of.Sums))
                    .OrderBy(latent => latent.LayerMean).ThenByDescending(latent => latent.Total).ThenBy(latent => latent.Latent),
            ],
        };
    }

    /// <summary>[L] The sums of a latent's values over tokens.</summary>
    private static double[] Sums(IEnumerable<PromptPlace> places, int layerCount)
    {
        var sums = new double[layerCount];
        foreach (var place in places)
        {
            sums[place.Layer] += place.Value;
        }

        return sums;
    }

    private static PromptLatent Latent(int latent, PromptPlace[] places, double[] sums)
    {
        double total = sums.Sum();
        double[] shares = [.. sums.Select(sum => sum / total)];
        return new PromptLatent(latent, shares.Select((share, layer) => layer * share).Sum(), total, shares, places);
    }
}

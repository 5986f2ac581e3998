using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>One latent on a prompt.</summary>
/// <param name="Latent">its index</param>
/// <param name="LayerMean">Σ l·p(l) with p(l) its share of the layer, summed over the tokens: where in depth it is active</param>
/// <param name="Total">its activation, summed over tokens and layers</param>
/// <param name="Values">[L][tokens] its values; 0 where it is not active</param>
/// <param name="Relative">[L][tokens] its values as a share of the largest value of any latent at that layer and token</param>
public sealed record PromptLatent(int Latent, double LayerMean, double Total, IReadOnlyList<IReadOnlyList<float>> Values, IReadOnlyList<IReadOnlyList<float>> Relative)
{
    /// <summary>[L] p(l): its share of each layer.</summary>
    public IReadOnlyList<double> Shares() => [.. Values.Select(layer => layer.Sum(value => (double)value) / Total)];
}

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
        var values = new SortedDictionary<int, float[][]>();
        var largest = new float[codes.Rows];
        for (int row = 0; row < codes.Rows; row++)
        {
            for (int entry = codes.Start(row); entry < codes.Start(row + 1); entry++)
            {
                largest[row] = Math.Max(largest[row], codes.Values[entry]);
                OfLatent(values, codes.Indices[entry], layerCount, tokens.Count)[row % layerCount][row / layerCount] = codes.Values[entry];
            }
        }

        return new PromptLatents
        {
            Prompt = prompt,
            Tokens = tokens,
            LayerCount = layerCount,
            Latents =
            [
                .. values.Where(latent => latent.Value.Any(layer => layer.Sum(value => (double)value) > SumAbove))
                    .Select(latent => Latent(latent.Key, latent.Value, largest)).OrderBy(latent => latent.LayerMean).ThenByDescending(latent => latent.Total).ThenBy(latent => latent.Latent),
            ],
        };
    }

    private static float[][] OfLatent(SortedDictionary<int, float[][]> values, int latent, int layers, int tokens) => values.TryGetValue(latent, out var own)
        ? own
        : values[latent] = [.. Enumerable.Range(0, layers).Select(_ => new float[tokens])];

    private static PromptLatent Latent(int latent, float[][] values, float[] largest)
    {
        double[] sums = [.. values.Select(layer => layer.Sum(value => (double)value))];
        double total = sums.Sum();
        return new PromptLatent(
            latent, sums.Select((sum, layer) => layer * sum / total).Sum(), total, values,
            [.. values.Select((layer, l) => (IReadOnlyList<float>)[.. layer.Select((value, t) => value == 0 ? 0 : value / largest[t * values.Length + l])])]);
    }
}

using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>The tokens whose embedding, or unembedding, points most nearly where each latent's direction does.</summary>
/// <param name="Tokens">[n_latents × count] token ids, the nearest first</param>
/// <param name="Cosines">[n_latents × count] their cosines</param>
public sealed record NearestTokens(int[][] Tokens, float[][] Cosines)
{
    /// <summary>Tokens kept of each latent, as in the published code.</summary>
    public const int DefaultCount = 8;

    /// <summary>The cosine with the nearest token, mean over latents; interval over latents.</summary>
    /// <param name="seed">of the bootstrap</param>
    public Estimate Nearest(ulong seed) => Bootstrap.Estimates(Cosines.Length, seed, drawn => [drawn.Average(latent => Cosines[latent][0])])[0];

    /// <summary>Finds the nearest tokens of every direction.</summary>
    /// <param name="directions">[n_latents × d_model]</param>
    /// <param name="tokenVectors">[vocabulary × d_model] a vector for each token id</param>
    /// <param name="count">how many of each</param>
    /// <exception cref="ArgumentException">The widths differ, or there are fewer tokens.</exception>
    public static NearestTokens Of(Matrix directions, Matrix tokenVectors, int count = DefaultCount)
    {
        Require.Equal(tokenVectors.Columns, directions.Columns);
        Require.That(count >= 1 && count <= tokenVectors.Rows, $"{count} nearest tokens are asked for among {tokenVectors.Rows}.");
        var nearest = new SparseRows(directions.Rows, count);
        Kernels.EncodeTopK(DirectionMatching.Normalized(directions), DirectionMatching.Normalized(tokenVectors), null, nearest);
        return new NearestTokens(
            [.. Enumerable.Range(0, directions.Rows).Select(latent => nearest.RowIndices(latent).ToArray())],
            [.. Enumerable.Range(0, directions.Rows).Select(latent => nearest.RowValues(latent).ToArray())]);
    }
}

using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>The picture of a dictionary over layers: live latents from left to right by mean layer, the deepest first, and p(l) of each.</summary>
public sealed class LayerHeatMap
{
    private LayerHeatMap(int[] latents, double[][] shares, int deadLatents) => (Latents, Shares, DeadLatents) = (latents, shares, deadLatents);

    /// <summary>[live] the live latents in descending order of mean layer, equal ones by index.</summary>
    public int[] Latents { get; }

    /// <summary>[L][columns] p(l) of each latent; with more latents than columns, the mean over the neighbouring latents that share a column.</summary>
    public double[][] Shares { get; }

    /// <summary>Latents left out because they were never active.</summary>
    public int DeadLatents { get; }

    /// <summary>Columns of <see cref="Shares"/>.</summary>
    public int Columns => Shares[0].Length;

    /// <summary>The first of the latents, as an index into <see cref="Latents"/>, that share a column.</summary>
    public int FirstOf(int column) => (int)((long)column * Latents.Length / Columns);

    /// <summary>Orders the latents and pools them into columns.</summary>
    /// <param name="distributions">the distributions over layers</param>
    /// <param name="maximalColumns">a screen shows no more than a few thousand</param>
    public static LayerHeatMap Of(LayerDistributions distributions, int maximalColumns = 2048)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximalColumns);
        var all = distributions.Latents();
        int[] ordered = [.. all.Where(latent => !latent.IsDead).OrderByDescending(latent => latent.LayerMean).ThenBy(latent => latent.Latent).Select(latent => latent.Latent)];
        int columns = Math.Min(maximalColumns, ordered.Length);
        var shares = new double[distributions.LayerCount][];
        for (int layer = 0; layer < shares.Length; layer++)
        {
            shares[layer] = new double[columns];
        }

        var map = new LayerHeatMap(ordered, shares, all.Length - ordered.Length);
        Workers.For(columns, column => map.Fill(column, distributions));
        return map;
    }

    private void Fill(int column, LayerDistributions distributions)
    {
        int first = FirstOf(column);
        int end = FirstOf(column + 1);
        foreach (int latent in Latents.AsSpan(first, end - first))
        {
            double[] probabilities = distributions.Probabilities(latent);
            for (int layer = 0; layer < Shares.Length; layer++)
            {
                Shares[layer][column] += probabilities[layer] / (end - first);
            }
        }
    }
}

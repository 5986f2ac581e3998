using Mlsae.Numerics;

namespace Mlsae.Metrics;

/// <summary>Which latents were ever active on the evaluation set, for each layer.</summary>
public sealed class DeadLatents
{
    /// <summary>Its name in result files.</summary>
    public const string Name = "dead_fraction";

    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "dead_fraction/1: share of latents never greater than 1e-3 on the evaluation set (overall: at no layer)";

    private readonly bool[][] _active;

    /// <summary>No latent has been active yet.</summary>
    /// <param name="layerCount">L</param>
    /// <param name="latentCount">n_latents</param>
    public DeadLatents(int layerCount, int latentCount) =>
        _active = [.. Enumerable.Range(0, layerCount).Select(_ => new bool[latentCount])];

    /// <summary>Notes the active latents of a vector of one layer.</summary>
    /// <param name="layer">which layer</param>
    /// <param name="latents">those of its code</param>
    /// <param name="values">their values</param>
    public void Add(int layer, ReadOnlySpan<int> latents, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < latents.Length; i++)
        {
            if (values[i] > L0.ActiveAbove)
            {
                _active[layer][latents[i]] = true;
            }
        }
    }

    /// <summary>Share of latents that were never active at <paramref name="layer"/>, of those that can be.</summary>
    /// <param name="layer">which layer</param>
    /// <param name="latents">which can be: the first one and how many</param>
    public double FractionAt(int layer, (int First, int Count) latents) =>
        _active[layer].AsSpan(latents.First, latents.Count).Count(false) / (double)latents.Count;

    /// <summary>Share of latents that were active at no layer.</summary>
    public double Fraction() => Enumerable.Range(0, _active[0].Length).Count(latent => _active.All(layer => !layer[latent])) / (double)_active[0].Length;
}

using Mlsae.Dictionaries;
using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>What the directions of a dictionary's latents say without any text.</summary>
/// <param name="MaxCosine">[latents] the largest cosine with another of the directions</param>
/// <param name="Capacity">[latents] <see cref="Analysis.Capacity"/> among them</param>
/// <param name="NeuronsPerFeature">[latents] <see cref="Analysis.NeuronsPerFeature"/></param>
public sealed record DirectionGeometry(IReadOnlyList<double> MaxCosine, IReadOnlyList<double> Capacity, IReadOnlyList<double> NeuronsPerFeature)
{
    /// <summary>Name and version of the definition.</summary>
    public const string MaxCosineDefinition = "mmcs/1: mean over all latents of the largest cosine with another direction of the same dictionary";

    /// <summary>The geometry of directions among each other.</summary>
    /// <param name="directions">[latents × d_model]</param>
    public static DirectionGeometry Of(Matrix directions) => new(
        [.. DirectionMatching.MaxCosinesAmongOthers(directions).Select(cosine => (double)cosine)],
        Analysis.Capacity.Of(directions), Analysis.NeuronsPerFeature.Of(directions));

    /// <summary>[L] The geometry at each layer, of the latents that can be active there. Directions that several layers share are looked at once.</summary>
    public static IReadOnlyList<DirectionGeometry> OfLayers(ILayeredDictionary dictionary)
    {
        var known = new Dictionary<Matrix, DirectionGeometry>();
        var layers = new List<DirectionGeometry>();
        for (int layer = 0; layer < dictionary.LayerCount; layer++)
        {
            var directions = dictionary.DirectionsAt(layer);
            layers.Add(known.TryGetValue(directions, out var geometry) ? geometry : known[directions] = Of(directions));
        }

        return layers;
    }

    /// <summary>For every latent the mean over the layers at which it can be active.</summary>
    public static DirectionGeometry OverLayers(ILayeredDictionary dictionary, IReadOnlyList<DirectionGeometry> layers) => new(
        MeanOverLayers(dictionary, layers, geometry => geometry.MaxCosine), MeanOverLayers(dictionary, layers, geometry => geometry.Capacity),
        MeanOverLayers(dictionary, layers, geometry => geometry.NeuronsPerFeature));

    private static double[] MeanOverLayers(ILayeredDictionary dictionary, IReadOnlyList<DirectionGeometry> layers, Func<DirectionGeometry, IReadOnlyList<double>> choose)
    {
        var sums = new double[dictionary.LatentCount];
        var counts = new int[dictionary.LatentCount];
        for (int layer = 0; layer < layers.Count; layer++)
        {
            var (first, count) = dictionary.LatentsAt(layer);
            var values = choose(layers[layer]);
            for (int i = 0; i < count; i++)
            {
                sums[first + i] += values[i];
                counts[first + i]++;
            }
        }

        return [.. sums.Select((sum, latent) => sum / counts[latent])];
    }
}

using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>Dictionaries put together to reconstruct every layer, and their folders.</summary>
public static class LayeredDictionary
{
    /// <summary>The arrangement of given dictionaries.</summary>
    /// <param name="arrangement">how their latents are arranged</param>
    /// <param name="parts">one dictionary or, per layer, one for each</param>
    /// <param name="layerCount">L</param>
    /// <exception cref="ArgumentException">The dictionaries do not fit the arrangement.</exception>
    public static ILayeredDictionary Of(Arrangement arrangement, IReadOnlyList<SparseDictionary> parts, int layerCount)
    {
        Require.That(
            parts.Count == (arrangement == Arrangement.PerLayer ? layerCount : 1), $"{parts.Count} dictionaries do not make a {arrangement} arrangement of {layerCount} layers.");
        return arrangement switch
        {
            Arrangement.Shared => new SharedDictionary(parts[0], layerCount),
            Arrangement.PerLayer => new PerLayerDictionaries(parts),
            _ => new Crosscoder(parts[0]),
        };
    }

    /// <summary>Codes and reconstructions of tokens at every layer.</summary>
    /// <inheritdoc cref="ILayeredDictionary.Decode"/>
    public static SparseRows Reconstruct(this ILayeredDictionary dictionary, Matrix x, Matrix reconstruction)
    {
        var codes = dictionary.Encode(x);
        dictionary.Decode(codes, x, reconstruction);
        return codes;
    }

    /// <summary>[n_latents × d_model] The decoder directions of all latents, those of several dictionaries one after the other; of a crosscoder [n_latents × L·d_model], the layers side by side.</summary>
    public static Matrix Directions(this ILayeredDictionary dictionary)
    {
        if (dictionary.Dictionaries.Count == 1)
        {
            return dictionary.Dictionaries[0].Decoder;
        }

        var all = new Matrix(dictionary.LatentCount, dictionary.ModelDim);
        int first = 0;
        foreach (var part in dictionary.Dictionaries)
        {
            part.Decoder.CopyTo(all.RowWindow(first, part.LatentCount));
            first += part.LatentCount;
        }

        return all;
    }

    /// <summary>The codes of tokens before ReLU, as the published analyses take them.</summary>
    /// <param name="dictionary">one TopK dictionary for all layers</param>
    /// <param name="x">[tokens · L × d_model] row t·L + l is token t at layer l</param>
    /// <exception cref="ArgumentException">It is of another kind or arrangement.</exception>
    public static SparseRows EncodeSigned(this ILayeredDictionary dictionary, Matrix x) => dictionary is SharedDictionary && dictionary.Dictionaries[0] is TopKDictionary topK
        ? topK.EncodeSigned(x)
        : throw new ArgumentException("Codes before ReLU, as the published analyses take them, are of one TopK dictionary for all layers.");

    /// <summary>How many numbers were trained, of all dictionaries together.</summary>
    public static long ParameterCount(this ILayeredDictionary dictionary) => dictionary.Dictionaries.Sum(part => part.ParameterCount);

    /// <summary>Writes a dictionary's folder or, per layer, one folder layer-&lt;l&gt; for each.</summary>
    /// <exception cref="IOException">A file could not be written.</exception>
    public static void Save(this ILayeredDictionary dictionary, string folder)
    {
        for (int i = 0; i < dictionary.Dictionaries.Count; i++)
        {
            dictionary.Dictionaries[i].Save(dictionary.Arrangement == Arrangement.PerLayer ? LayerFolder(folder, i) : folder);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote, or a single dictionary.</summary>
    /// <param name="folder">the folder</param>
    /// <param name="layerCount">layers of a single dictionary whose file does not say what it was trained on; otherwise not needed</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is missing, damaged, or does not fit the others; the message names path and field.</exception>
    public static ILayeredDictionary Load(string folder, int layerCount = 1)
    {
        var layers = new List<SparseDictionary>();
        while (Directory.Exists(LayerFolder(folder, layers.Count)))
        {
            layers.Add(SparseDictionary.Load(LayerFolder(folder, layers.Count)));
        }

        if (layers.Count > 0)
        {
            return new PerLayerDictionaries(layers);
        }

        var single = SparseDictionary.Load(folder);
        return single.Config.Parts > 1
            ? new Crosscoder(single)
            : new SharedDictionary(single, single.Origin.HookPoints.Count > 0 ? single.Origin.HookPoints.Count : layerCount);
    }

    /// <summary>Whether a folder holds what <see cref="Load"/> reads.</summary>
    public static bool IsFolder(string folder) => SparseDictionary.IsFolder(folder) || SparseDictionary.IsFolder(LayerFolder(folder, 0));

    private static string LayerFolder(string folder, int layer) => Path.Combine(folder, $"layer-{layer}");
}

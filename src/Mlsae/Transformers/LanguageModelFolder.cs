using System.Runtime.InteropServices;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Transformers;

/// <summary>Weights from and to a Hugging Face folder: config.json and model.safetensors, possibly in shards.</summary>
internal static class LanguageModelFolder
{
    /// <summary>Reads a folder.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, of another shape than the configuration says, or not one of the architecture's.</exception>
    public static LanguageModelWeights Load(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no model folder {folder}.");
        }

        var config = LanguageModelConfigFile.Read(Path.Combine(folder, "config.json"));
        using var source = WeightFolder.Open(folder);
        return Read(source, config);
    }

    /// <summary>Writes a folder; files of these names are replaced.</summary>
    public static void Save(LanguageModelWeights weights, string folder, bool half)
    {
        Directory.CreateDirectory(folder);
        var tensors = WeightNames.All(weights, WeightNames.Prefix(weights.Config.Architecture)).Select(w => ToTensor(w, weights.Config, half));
        SafetensorsFile.Write(Path.Combine(folder, "model.safetensors"), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        string text = LanguageModelConfigFile.Write(weights.Config, half ? "float16" : "float32");
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), text);
    }

    private static LanguageModelWeights Read(ITensorSource source, LanguageModelConfig config)
    {
        var weights = new LanguageModelWeights(config);
        string prefix = WeightNames.Prefix(config.Architecture);
        if (source.Names.Contains(WeightNames.Embedding(config.Architecture)))
        {
            prefix = "";
        }

        var known = new HashSet<string> { WeightNames.Unembedding(config.Architecture) };
        foreach (var weight in WeightNames.All(weights, prefix))
        {
            Read(source, weight, config);
            known.Add(weight.Name);
        }

        foreach (string name in source.Names)
        {
            if (!known.Contains(name) && !WeightNames.IsBuffer(name))
            {
                throw new InvalidDataException($"{source.Path}: the tensor {name} belongs to no {config.Architecture} model with this configuration.");
            }
        }

        return weights;
    }

    private static void Read(ITensorSource source, NamedWeight weight, LanguageModelConfig config)
    {
        source.RequireShape(weight.Name, weight.Shape);
        var target = weight.Values.AsSpan();
        if (weight.Layout == WeightLayout.Plain)
        {
            source.Read(weight.Name, 0, target);
            return;
        }

        float[] stored = new float[target.Length];
        source.Read(weight.Name, 0, stored);
        Reorder(weight, config, (ours, theirs, count) => stored.AsSpan(theirs, count).CopyTo(weight.Values.AsSpan().Slice(ours, count)));
    }

    private static Tensor ToTensor(NamedWeight weight, LanguageModelConfig config, bool half)
    {
        float[] stored = new float[weight.Values.AsSpan().Length];
        if (weight.Layout == WeightLayout.Plain)
        {
            weight.Values.AsSpan().CopyTo(stored);
        }
        else
        {
            Reorder(weight, config, (ours, theirs, count) => weight.Values.AsSpan().Slice(ours, count).CopyTo(stored.AsSpan(theirs, count)));
        }

        return half
            ? new Tensor(weight.Name, ElementType.F16, weight.Shape, MemoryMarshal.AsBytes(Array.ConvertAll(stored, x => (Half)x).AsSpan()).ToArray())
            : Tensor.Of(weight.Name, stored, weight.Shape);
    }

    /// <summary>Calls <paramref name="copy"/>(our start, the file's start, count) for the runs of numbers that lie together in both layouts.</summary>
    private static void Reorder(NamedWeight weight, LanguageModelConfig config, Action<int, int, int> copy)
    {
        int rows = weight.Values.Rows, columns = weight.Values.Columns;
        if (weight.Layout == WeightLayout.Transposed)
        {
            for (int i = 0; i < rows * columns; i++)
            {
                copy(i, i % columns * rows + i / columns, 1);
            }

            return;
        }

        int run = config.HeadDim * (weight.IsVector ? 1 : columns);
        for (int head = 0; head < config.HeadCount; head++)
        {
            for (int part = 0; part < 3; part++)
            {
                copy((part * config.HeadCount + head) * run, (head * 3 + part) * run, run);
            }
        }
    }
}

using Mlsae.Storage;

namespace Mlsae.Activations;

/// <summary>What is known of one file of activations without reading them.</summary>
/// <param name="Path">of the file</param>
/// <param name="Tensor">name of the tensor that holds the activations</param>
/// <param name="Shape">[token, layer, d_model] or [token, d_model]</param>
internal sealed record ActivationFile(string Path, string Tensor, long[] Shape)
{
    /// <summary>What the tensor is called where nothing else is said.</summary>
    internal const string DefaultTensor = "activations";

    internal long TokenCount => Shape[0];

    internal int LayerCount => Shape.Length == 3 ? (int)Shape[1] : 1;

    internal int ModelDim => (int)Shape[^1];

    /// <summary>Opens the file, finds its tensor of activations, and closes it.</summary>
    /// <exception cref="InvalidDataException">It has no tensor that activations could be.</exception>
    internal static ActivationFile Describe(string path, string? tensor)
    {
        using var file = SafetensorsFile.Open(path);
        string name = tensor ?? Choose(file);
        var (type, shape) = file.Describe(name);
        bool isFloat = type is ElementType.F64 or ElementType.F32 or ElementType.F16 or ElementType.BF16;
        bool fits = shape.Length is 2 or 3 && shape[1..].All(size => size is > 0 and <= int.MaxValue);
        return isFloat && fits
            ? new ActivationFile(path, name, shape)
            : throw new InvalidDataException(
                $"'{path}': tensor '{name}' is {type} [{string.Join(", ", shape)}] where floats [token, layer, d_model] or [token, d_model] are needed.");
    }

    private static string Choose(SafetensorsFile file)
    {
        if (file.Contains(DefaultTensor))
        {
            return DefaultTensor;
        }

        string[] candidates = [.. file.Names.Where(name => file.Describe(name).Shape.Length is 2 or 3).Order(StringComparer.Ordinal)];
        return candidates is [var only]
            ? only
            : throw new InvalidDataException(
                $"'{file.Path}' has no tensor '{DefaultTensor}' and {candidates.Length} others of two or three axes: say which one holds the activations.");
    }
}

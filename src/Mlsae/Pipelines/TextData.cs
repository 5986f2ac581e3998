using Mlsae.Text;
using Mlsae.Text.Microworlds;

namespace Mlsae.Pipelines;

/// <summary>Text by name: the Microworld, or files.</summary>
public static class TextData
{
    /// <summary>The name of the endless corpus that the library makes itself.</summary>
    public const string Microworld = "microworld";

    /// <summary>The documents of a text given by name or path; each call starts from the beginning.</summary>
    /// <param name="name">"microworld", or a file or folder that <see cref="Documents.Read"/> reads</param>
    /// <param name="start">documents that are passed over; other trainings may have read them</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    public static Func<IEnumerable<string>> Training(string name, long start = 0) => name == Microworld
        ? () => Text.Microworlds.Microworld.Documents(Text.Microworlds.Microworld.TrainingSeed, start)
        : () => Documents.Read(name).Skip(checked((int)start));

    /// <summary>Documents to evaluate on. Those of the Microworld are from a seed that nothing is trained on; of files it is for the caller to give others.</summary>
    /// <inheritdoc cref="Training"/>
    public static Func<IEnumerable<string>> HeldOut(string name) => name == Microworld
        ? () => Text.Microworlds.Microworld.Documents(Text.Microworlds.Microworld.HeldOutSeed)
        : () => Documents.Read(name);

    /// <summary>The tokenizer of a model: tokenizer.json in its folder, or the file that is named.</summary>
    /// <param name="modelFolder">the model's folder</param>
    /// <param name="tokenizer">a tokenizer.json; null for the model's own</param>
    /// <exception cref="FileNotFoundException">There is none; the message says what to give.</exception>
    public static Tokenizer Tokenizer(string modelFolder, string? tokenizer = null)
    {
        string path = tokenizer ?? Path.Combine(modelFolder, "tokenizer.json");
        return File.Exists(path)
            ? Text.Tokenizer.Load(path)
            : throw new FileNotFoundException(
                tokenizer is null ? $"'{modelFolder}' has no tokenizer.json; name the model's tokenizer with --tokenizer." : $"There is no tokenizer '{path}'.", path);
    }
}

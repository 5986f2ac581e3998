using System.CommandLine;

namespace Mlsae.Cli.Commands;

/// <summary>The option that names a model: a folder, or one of the embedded models.</summary>
internal static class ModelOption
{
    /// <summary>The embedded model that everything starts with.</summary>
    public const string Default = "microworld-6l";

    public static Option<string> Create(bool required = false) => new("--model")
    {
        Description = $"A Hugging Face folder (GPT-NeoX, GPT-2, Llama), or an embedded model: {string.Join(", ", EmbeddedModels.Names)}.",
        Required = required,
        DefaultValueFactory = required ? null : _ => Default,
    };

    /// <summary>The folder of a model given by name or path.</summary>
    public static string Folder(string nameOrPath) => EmbeddedModels.Folder(nameOrPath);
}

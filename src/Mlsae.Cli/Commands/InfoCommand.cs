using System.CommandLine;
using Mlsae.Dictionaries;
using Mlsae.Storage;
using Mlsae.Transformers;

namespace Mlsae.Cli.Commands;

/// <summary><c>mlsae info</c>: what a path is.</summary>
internal static class InfoCommand
{
    private const int TensorsShown = 40;

    public static Command Create(string name, string description)
    {
        var path = new Argument<string>("path") { Description = "A run, a model's or a dictionary's folder, an embedded model's name, or a safetensors file." };
        var command = new Command(name, description) { path };
        command.SetAction(parsed => Show(parsed.GetRequiredValue(path)));
        return command;
    }

    private static void Show(string path)
    {
        if (File.Exists(path))
        {
            ShowTensors(path);
        }
        else if (File.Exists(Path.Combine(path, "run.json")))
        {
            ShowRun(RunFolder.Open(path));
        }
        else if (File.Exists(Path.Combine(path, "dictionary.json")))
        {
            ShowDictionary(SparseDictionary.Load(path));
        }
        else
        {
            ShowModel(ModelOption.Folder(path));
        }
    }

    private static void ShowTensors(string path)
    {
        using var file = SafetensorsFile.Open(path);
        Console.WriteLine($"{path}: {file.Names.Count} tensors");
        foreach (string name in file.Names.Take(TensorsShown))
        {
            var (type, shape) = file.Describe(name);
            Console.WriteLine($"  {name}  {type} [{string.Join(", ", shape)}]");
        }

        if (file.Names.Count > TensorsShown)
        {
            Console.WriteLine($"  ... and {file.Names.Count - TensorsShown} more");
        }

        foreach (var (key, value) in file.Metadata)
        {
            Console.WriteLine($"  {key}: {value}");
        }
    }

    private static void ShowRun(RunFolder run)
    {
        var manifest = run.Manifest;
        Console.WriteLine($"{run.Path}: a run of 'mlsae {manifest.Command}', {(run.IsFinished ? $"finished {manifest.Finished:g}" : "not finished")}");
        Console.WriteLine($"  model {manifest.Model ?? "-"}, data {manifest.Data ?? "-"}, seed {manifest.Seed}, version {manifest.LibraryVersion}");
        Console.WriteLine($"  started {manifest.Started:g} on {manifest.Machine.OperatingSystem}, {manifest.Machine.Processors} threads, {manifest.Machine.VectorInstructions}");
        string[] folders = !Directory.Exists(run.DictionaryPath) ? [] : LayeredDictionary.IsFolder(run.DictionaryPath) ? [run.DictionaryPath] : Directory.GetDirectories(run.DictionaryPath);
        foreach (string folder in folders.Order(StringComparer.Ordinal))
        {
            var dictionary = LayeredDictionary.Load(folder);
            Console.WriteLine($"  {Path.GetFileName(folder)}: {DictionaryKinds.Hyphenated(dictionary.Arrangement)}, {dictionary.LatentCount:N0} latents in all, {dictionary.ParameterCount():N0} parameters");
            foreach (var part in dictionary.Dictionaries)
            {
                ShowDictionary(part);
            }
        }
    }

    private static void ShowDictionary(SparseDictionary dictionary)
    {
        var config = dictionary.Config;
        Console.WriteLine($"  a {config.Kind} dictionary of {config.LatentCount:N0} latents of width {config.ModelDim}");
        Console.WriteLine($"  trained on {dictionary.Origin.TrainedTokens:N0} tokens in {dictionary.Origin.TrainedSteps:N0} steps at {string.Join(", ", dictionary.Origin.HookPoints)}");
    }

    private static void ShowModel(string folder)
    {
        var config = LanguageModel.Load(folder).Config;
        Console.WriteLine($"{folder}: {config.Architecture}, {config.ParameterCount:N0} parameters");
        Console.WriteLine($"  {config.LayerCount} layers, d_model {config.ModelDim}, {config.HeadCount} heads, d_mlp {config.MlpDim}, {config.Activation}");
        Console.WriteLine($"  {config.VocabularySize:N0} tokens, contexts of up to {config.ContextLength:N0}");
    }
}

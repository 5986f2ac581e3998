namespace Mlsae;

/// <summary>The models that travel with the library: trained on the Microworld by the project's own trainer.</summary>
public static class EmbeddedModels
{
    // Beside the assembly, not the program: a script's program is the F# interpreter. In a single-file program the assembly has no place.
    private static readonly string Root = Path.Combine(
        Path.GetDirectoryName(typeof(EmbeddedModels).Assembly.Location) is { Length: > 0 } beside ? beside : AppContext.BaseDirectory, "Models");

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names => Directory.Exists(Root)
        ? [.. Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The folder of a model given as an embedded model's name or as a path.</summary>
    /// <exception cref="DirectoryNotFoundException">It is neither; the message lists the embedded models.</exception>
    public static string Folder(string nameOrPath)
    {
        if (Directory.Exists(nameOrPath))
        {
            return nameOrPath;
        }

        return Names.Contains(nameOrPath)
            ? Path.Combine(Root, nameOrPath)
            : throw new DirectoryNotFoundException($"There is no model folder '{nameOrPath}', and no embedded model of that name; embedded are {string.Join(", ", Names)}.");
    }
}

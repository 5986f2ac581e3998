using Mlsae.Storage;

namespace Mlsae.Analysis;

/// <summary>Examples on disk: a folder with one latent-&lt;index&gt;.json for each latent.</summary>
public static class LatentExamplesFile
{
    private const string Pattern = "latent-*.json";

    /// <summary>Writes each latent's examples into its file; files of other latents stay.</summary>
    public static void Write(string folder, IEnumerable<LatentExampleSet> sets)
    {
        foreach (var set in sets)
        {
            JsonFile.Write(Path.Combine(folder, $"latent-{set.Latent:D6}.json"), set);
        }
    }

    /// <summary>The examples of every latent in the folder, in the order of the latents; none where there is no folder.</summary>
    /// <exception cref="InvalidDataException">A file is malformed; the message names path and field.</exception>
    public static IReadOnlyList<LatentExampleSet> Read(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, Pattern).Select(path => JsonFile.Read<LatentExampleSet>(path)).OrderBy(set => set.Latent)]
        : [];
}

using Mlsae.Storage;

namespace Mlsae.Analysis;

/// <summary>Portraits on disk: a folder with one latent-&lt;index&gt;.json for each latent.</summary>
public static class LatentPortraitFile
{
    private const string Pattern = "latent-*.json";

    /// <summary>Whether a folder has the portrait of a latent.</summary>
    public static bool Exists(string folder, int latent) => File.Exists(PathOf(folder, latent));

    /// <summary>Writes each latent's portrait into its file; files of other latents stay.</summary>
    public static void Write(string folder, IEnumerable<LatentPortrait> portraits)
    {
        foreach (var portrait in portraits)
        {
            JsonFile.Write(PathOf(folder, portrait.Latent), portrait);
        }
    }

    /// <summary>The portraits in a folder, in the order of the latents; none where there is no folder.</summary>
    /// <exception cref="InvalidDataException">A file is malformed; the message names path and field.</exception>
    public static IReadOnlyList<LatentPortrait> Read(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, Pattern).Select(path => JsonFile.Read<LatentPortrait>(path)).OrderBy(portrait => portrait.Latent)]
        : [];

    private static string PathOf(string folder, int latent) => Path.Combine(folder, $"latent-{latent:D6}.json");
}

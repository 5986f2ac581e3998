namespace Mlsae.Storage;

/// <summary>
/// The folder of one run: run.json (the manifest), metrics.jsonl, checkpoints/, dictionary/ (the result), analysis/&lt;name&gt;/ (numbers that
/// figures are drawn from) and report/ (pages).
/// </summary>
public sealed class RunFolder
{
    /// <summary>The folder that runs lie in where nothing else is said.</summary>
    public const string DefaultParent = "runs";

    /// <summary>The manifest's file.</summary>
    public const string ManifestName = "run.json";

    private static readonly string[] Files = [ManifestName, "metrics.jsonl"];
    private static readonly string[] Folders = ["checkpoints", "dictionary", "analysis", "report"];

    private RunFolder(string path, RunManifest manifest)
    {
        Path = path;
        Manifest = manifest;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>What made the run.</summary>
    public RunManifest Manifest { get; private set; }

    /// <summary>Whether the run came to its end.</summary>
    public bool IsFinished => Manifest.Finished is not null;

    /// <summary>The manifest's file.</summary>
    public string ManifestPath => In(ManifestName);

    /// <summary>One JSON object a logged step; see <see cref="MetricsLog"/>.</summary>
    public string MetricsPath => In("metrics.jsonl");

    /// <summary>Where checkpoints lie; see <see cref="CheckpointFolder"/>.</summary>
    public string CheckpointsPath => In("checkpoints");

    /// <summary>The trained dictionary.</summary>
    public string DictionaryPath => In("dictionary");

    /// <summary>The report's page and figures.</summary>
    public string ReportPath => In("report");

    /// <summary>Numbers of one analysis.</summary>
    public string AnalysisPath(string name) => System.IO.Path.Combine(Path, "analysis", name);

    /// <summary>Makes the folder of a new run and writes its manifest.</summary>
    /// <param name="path">the folder; made where it is missing</param>
    /// <param name="manifest">what makes the run</param>
    /// <param name="overwrite">whether an older run there is deleted; files that are no run's are left alone</param>
    /// <exception cref="IOException">There is a run already, or the folder cannot be written.</exception>
    public static RunFolder Create(string path, RunManifest manifest, bool overwrite = false)
    {
        var run = new RunFolder(path, manifest);
        if (File.Exists(path))
        {
            throw new IOException($"'{path}' is a file where a run's folder is needed.");
        }

        if (run.Leftovers() is { } state)
        {
            if (!overwrite)
            {
                throw new IOException($"'{path}' holds {state}: overwrite it or choose another folder.");
            }

            run.Clear();
        }

        run.Save();
        return run;
    }

    /// <summary>Opens the folder of a run, finished or not.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">The folder is no run's.</exception>
    /// <exception cref="InvalidDataException">The manifest is malformed; the message names path and field.</exception>
    public static RunFolder Open(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new DirectoryNotFoundException($"There is no run folder '{path}'.");
        }

        string manifest = System.IO.Path.Combine(path, ManifestName);
        return File.Exists(manifest)
            ? new RunFolder(path, JsonFile.Read<RunManifest>(manifest))
            : throw new FileNotFoundException($"'{path}' is no run folder: it has no {ManifestName}.", manifest);
    }

    /// <summary>Whether the run has a trained dictionary, or several: what can be evaluated, analysed and drawn.</summary>
    public bool HasDictionary => Directory.Exists(DictionaryPath);

    /// <summary>Opens the run with a dictionary that was started last. Folders without a readable manifest are passed over.</summary>
    /// <param name="parent">the folder that the runs' folders lie in</param>
    /// <param name="isWanted">whether a run is one of those among which the last is looked for; null for all</param>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static RunFolder Latest(string parent = DefaultParent, Func<RunFolder, bool>? isWanted = null)
    {
        var folders = Directory.Exists(parent) ? Directory.GetDirectories(parent).Order(StringComparer.Ordinal).ToArray() : [];
        return folders.Select(TryOpen).OfType<RunFolder>().Where(run => run.HasDictionary && (isWanted?.Invoke(run) ?? true)).MaxBy(run => run.Manifest.Started)
            ?? throw new DirectoryNotFoundException($"There is no such run with a dictionary under '{parent}'; train one first.");
    }

    /// <summary>Opens the run at <paramref name="path"/>, or without one the run with a dictionary that was started last.</summary>
    /// <inheritdoc cref="Open"/>
    public static RunFolder OpenOrLatest(string? path, string parent = DefaultParent) => path is null ? Latest(parent) : Open(path);

    /// <summary>Writes the manifest anew, changed.</summary>
    public void Update(Func<RunManifest, RunManifest> change)
    {
        Manifest = change(Manifest);
        Save();
    }

    /// <summary>Marks the run as finished now.</summary>
    public void Finish() => Update(manifest => manifest with { Finished = DateTimeOffset.Now });

    private static RunFolder? TryOpen(string path)
    {
        try
        {
            return Open(path);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>What of a run the folder holds already; null where nothing.</summary>
    private string? Leftovers() =>
        File.Exists(ManifestPath) ? (TryOpen(Path)?.IsFinished ?? false ? "a finished run" : "an unfinished run, which can be resumed")
        : Files.Any(name => File.Exists(In(name))) || Folders.Any(name => Directory.Exists(In(name))) ? "parts of a run"
        : null;

    /// <summary>Deletes the older run, its manifest first, so that a run deleted in part is never taken for a whole one.</summary>
    private void Clear()
    {
        foreach (string name in Files)
        {
            File.Delete(In(name));
        }

        foreach (string name in Folders.Where(name => Directory.Exists(In(name))))
        {
            Directory.Delete(In(name), recursive: true);
        }
    }

    private void Save() => JsonFile.Write(ManifestPath, Manifest);
}

using System.Globalization;
using Mlsae.Numerics;

namespace Mlsae.Storage;

/// <summary>A complete checkpoint.</summary>
/// <param name="Step">the step after which it was written</param>
/// <param name="Path">its folder</param>
public sealed record Checkpoint(long Step, string Path);

/// <summary>
/// The checkpoints of a run: folders step-&lt;n&gt;, each written beside, flushed to the disk with all its files, and renamed. A folder of that
/// name is always complete; what a kill left unfinished ends in ".partial" and is never read.
/// </summary>
/// <param name="path">the folder they lie in</param>
public sealed class CheckpointFolder(string path)
{
    private const string Prefix = "step-";

    /// <summary>The folder they lie in.</summary>
    public string Path { get; } = path;

    /// <summary>All complete checkpoints, by step.</summary>
    public IReadOnlyList<Checkpoint> All() => !Directory.Exists(Path)
        ? []
        : [.. Directory.GetDirectories(Path).Select(Parse).OfType<Checkpoint>().OrderBy(c => c.Step)];

    /// <summary>The newest complete checkpoint; null where there is none.</summary>
    public Checkpoint? Latest() => All() is [.., var last] ? last : null;

    /// <summary>Writes a checkpoint, in place of an older one of the same step, then deletes all but the newest.</summary>
    /// <param name="step">the step after which it is written</param>
    /// <param name="keep">how many of the newest remain, this one included</param>
    /// <param name="write">writes the checkpoint's files into the folder it is given</param>
    /// <exception cref="IOException">It could not be written; nothing of it remains, and the older ones stay.</exception>
    public Checkpoint Write(long step, int keep, Action<string> write)
    {
        Require.That(step >= 0 && keep >= 1, $"A checkpoint of step {step} of which {keep} are kept: steps count from 0 and at least 1 is kept.");
        RemoveIncomplete();
        string final = System.IO.Path.Combine(Path, Prefix + step.ToString(CultureInfo.InvariantCulture));
        string partial = final + AtomicFile.PartialSuffix;
        try
        {
            Directory.CreateDirectory(partial);
            write(partial);
            DirectorySync.FlushTree(partial);
            Discard(final);
            Directory.Move(partial, final);
            DirectorySync.Flush(Path);
        }
        catch (Exception error)
        {
            RemoveIncomplete();
            if (error is IOException or UnauthorizedAccessException)
            {
                throw AtomicFile.Sentence(final, error);
            }

            throw;
        }

        foreach (var old in All().SkipLast(keep).Where(c => c.Step != step))
        {
            Discard(old.Path);
        }

        return new Checkpoint(step, final);
    }

    /// <summary>Deletes what a killed run left unfinished. Not for readers: a run that is still writing would lose its work.</summary>
    public void RemoveIncomplete()
    {
        if (Directory.Exists(Path))
        {
            foreach (string folder in Directory.GetDirectories(Path, $"{Prefix}*{AtomicFile.PartialSuffix}"))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>Renames before deleting, so that a checkpoint deleted in part is not taken for a whole one.</summary>
    private static void Discard(string folder)
    {
        if (Directory.Exists(folder))
        {
            string old = folder + ".old" + AtomicFile.PartialSuffix;
            Directory.Move(folder, old);
            Directory.Delete(old, recursive: true);
        }
    }

    private static Checkpoint? Parse(string folder)
    {
        string name = System.IO.Path.GetFileName(folder);
        return name.StartsWith(Prefix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long step)
            ? new Checkpoint(step, folder)
            : null;
    }
}

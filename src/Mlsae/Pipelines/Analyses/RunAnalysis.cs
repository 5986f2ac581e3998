using Mlsae.Metrics;
using Mlsae.Storage;

namespace Mlsae.Pipelines.Analyses;

/// <summary>What an analysis' folder says of how its numbers were made. It is written last: where it is, the analysis is complete.</summary>
/// <param name="Analysis">its name</param>
/// <param name="Settings">what it looked at</param>
/// <param name="ContextLength">tokens of a context</param>
/// <param name="LibraryVersion">version of this library</param>
/// <param name="Finished">when</param>
public sealed record AnalysisManifest(string Analysis, AnalysisSettings Settings, int ContextLength, string LibraryVersion, DateTimeOffset Finished)
{
    /// <summary>The file.</summary>
    public const string FileName = "analysis.json";
}

/// <summary>
/// One question that is asked of a run's dictionary. Its numbers lie in analysis/&lt;name&gt;; the script of the same name draws them. A new analysis is a class and an entry in <see cref="RunAnalyses"/>.
/// </summary>
public abstract class RunAnalysis
{
    /// <summary>Its name: of the folder, the argument of <c>mlsae analyze</c> and the script.</summary>
    public abstract string Name { get; }

    /// <summary>What it answers, in a sentence.</summary>
    public abstract string Question { get; }

    /// <summary>Whether it takes minutes where others take seconds, as it trains dictionaries or runs the model thousands of times: the demo leaves it out.</summary>
    public virtual bool TakesLong => false;

    /// <summary>Analyses whose numbers it reads.</summary>
    internal virtual IReadOnlyList<RunAnalysis> Needs => [];

    /// <summary>Whether its numbers are complete in a folder.</summary>
    public static bool IsComplete(string folder) => File.Exists(Path.Combine(folder, AnalysisManifest.FileName));

    /// <summary>Whether its numbers are complete in a run's folder, and of the latents or the prompt that are asked for. Other settings are not compared: what is there says what it is of.</summary>
    public virtual bool IsDone(TrainedRun run, AnalysisSettings settings) => IsComplete(run.AnalysisPath(Name));

    /// <summary>Why it cannot be asked of a run, with what would be right; null where it can.</summary>
    public virtual string? Hindrance(TrainedRun run) => run.HasModel ? null : $"'{run.Folder.Path}' was trained on files of activations; name the model they came from with --model.";

    /// <summary>The sums over the text that it is computed from; null where it looks at none.</summary>
    internal virtual ITextSums? Sums(TrainedRun run, AnalysisSettings settings) => null;

    /// <summary>Computes what follows from the sums and writes all files but the manifest.</summary>
    /// <param name="run">the dictionary</param>
    /// <param name="settings">what was looked at</param>
    /// <param name="sums">those of <see cref="Sums"/>, with the whole text in them; null where there are none</param>
    /// <param name="progress">told the share done of what takes time here</param>
    /// <param name="cancellation">ends the work</param>
    internal abstract void Finish(TrainedRun run, AnalysisSettings settings, ITextSums? sums, IProgress<double>? progress, CancellationToken cancellation);

    /// <summary>The path of a file of this analysis.</summary>
    protected string In(TrainedRun run, string file) => Path.Combine(run.AnalysisPath(Name), file);

    /// <summary>Says that all files are written.</summary>
    internal void MarkDone(TrainedRun run, AnalysisSettings settings) => JsonFile.Write(In(run, AnalysisManifest.FileName), new AnalysisManifest(
        Name, settings, run.HasModel ? run.ContextLength : 0, typeof(RunAnalysis).Assembly.GetName().Version?.ToString(3) ?? "unknown", DateTimeOffset.Now));

    /// <summary>Says that this analysis is to be made anew: what other numbers were computed from is gone first.</summary>
    internal void MarkUndone(TrainedRun run)
    {
        if (IsComplete(run.AnalysisPath(Name)))
        {
            File.Delete(In(run, AnalysisManifest.FileName));
        }
    }
}

/// <summary>An analysis whose numbers can be read as one thing.</summary>
/// <typeparam name="T">what it found</typeparam>
public abstract class RunAnalysis<T> : RunAnalysis
{
    /// <summary>Reads the numbers of a folder analysis/&lt;name&gt;.</summary>
    /// <exception cref="IOException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names path and field.</exception>
    public abstract T Read(string folder);

    /// <summary>Reads the numbers of a run.</summary>
    /// <inheritdoc cref="Read(string)" path="/exception"/>
    public T Read(TrainedRun run) => Read(run.AnalysisPath(Name));
}

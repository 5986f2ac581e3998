using Mlsae.Metrics;

namespace Mlsae.Pipelines.Analyses;

/// <summary>How far analyses are.</summary>
/// <param name="What">what is being done</param>
/// <param name="Done">the share of it, 0 to 1</param>
public sealed record AnalysisProgress(string What, double Done);

/// <summary>Makes analyses of a run's dictionary: each once, those that others read first, and those of the text in one pass of the model.</summary>
public static class AnalysisRunner
{
    /// <summary>Makes an analysis where it is not made yet, and reads what it found.</summary>
    /// <inheritdoc cref="Run" path="/param"/>
    /// <inheritdoc cref="Run" path="/exception"/>
    public static T Result<T>(
        TrainedRun run, RunAnalysis<T> analysis, AnalysisSettings settings, IProgress<AnalysisProgress>? progress = null, CancellationToken cancellation = default)
    {
        Run(run, [analysis], settings, again: false, progress, cancellation);
        return analysis.Read(run);
    }

    /// <summary>Makes those analyses that are not made yet, and what they need.</summary>
    /// <param name="run">the dictionary</param>
    /// <param name="wanted">what is asked for</param>
    /// <param name="settings">what is looked at; what is made already keeps its own</param>
    /// <param name="again">whether what is wanted is made anew even where it is there</param>
    /// <param name="progress">told how far it is</param>
    /// <param name="cancellation">ends the work; the same call goes on from there</param>
    /// <returns>those that were made now</returns>
    /// <exception cref="InvalidDataException">An analysis cannot be made of this run; the message says why and what would be right. Or a file is damaged.</exception>
    /// <exception cref="ArgumentException">The settings are not valid, or name no text where the run's own has no held-out part.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<RunAnalysis> Run(
        TrainedRun run, IReadOnlyList<RunAnalysis> wanted, AnalysisSettings settings, bool again = false, IProgress<AnalysisProgress>? progress = null, CancellationToken cancellation = default)
    {
        settings.Validated();
        foreach (var analysis in again ? wanted : [])
        {
            analysis.MarkUndone(run);
        }

        var open = Missing(run, wanted, settings);
        var made = new List<RunAnalysis>();
        while (open.Count > 0)
        {
            // What is made so far decides what can be made next: an analysis' needs come in an earlier stage.
            var stage = open.Where(analysis => analysis.Needs.All(need => need.IsDone(run, settings))).ToList();
            RunStage(run, stage, settings, progress, cancellation);
            made.AddRange(stage);
            open.RemoveAll(stage.Contains);
        }

        return made;
    }

    /// <summary>What is wanted or needed and not there, in the order of <see cref="RunAnalyses.Known"/>.</summary>
    private static List<RunAnalysis> Missing(TrainedRun run, IReadOnlyList<RunAnalysis> wanted, AnalysisSettings settings)
    {
        var missing = new HashSet<RunAnalysis>();
        void Want(RunAnalysis analysis)
        {
            if (!analysis.IsDone(run, settings) && missing.Add(analysis))
            {
                if (analysis.Hindrance(run) is { } sentence)
                {
                    throw new InvalidDataException(sentence);
                }

                foreach (var need in analysis.Needs)
                {
                    Want(need);
                }
            }
        }

        foreach (var analysis in wanted)
        {
            Want(analysis);
        }

        return [.. RunAnalyses.Known.Where(missing.Contains)];
    }

    private static void RunStage(TrainedRun run, List<RunAnalysis> stage, AnalysisSettings settings, IProgress<AnalysisProgress>? progress, CancellationToken cancellation)
    {
        var sums = stage.ToDictionary(analysis => analysis, analysis => analysis.Sums(run, settings));
        var ofText = stage.Where(analysis => sums[analysis] is not null).ToList();
        var pass = new TextPass(run, settings, [.. ofText.Select(analysis => (analysis.Name, sums[analysis]!))]);
        if (ofText.Count > 0)
        {
            pass.Run(new Part(progress, string.Join(", ", ofText.Select(analysis => analysis.Name))), cancellation);
        }

        foreach (var analysis in stage)
        {
            cancellation.ThrowIfCancellationRequested();
            analysis.Finish(run, settings, sums[analysis], new Part(progress, analysis.Name), cancellation);
            analysis.MarkDone(run, settings);
        }

        pass.Forget();
    }

    /// <summary>Progress of one part of the work, under its name.</summary>
    private sealed class Part(IProgress<AnalysisProgress>? progress, string what) : IProgress<double>
    {
        public void Report(double value) => progress?.Report(new AnalysisProgress(what, value));
    }
}

using Mlsae.Activations;
using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Training;

/// <summary>
/// Trains dictionaries side by side on one stream of activations into a run folder: metrics, progress, checkpoints, exact resume, and at the end the dictionaries.
/// </summary>
/// <remarks>A training that was killed and resumed ends with the same bytes as one that was not, given the same configuration and data.</remarks>
public sealed partial class DictionaryTrainer
{
    private readonly IReadOnlyList<LayeredEngine> _engines;
    private readonly IActivationStream _activations;
    private readonly TrainingConfig _config;
    private readonly CheckpointFolder _checkpoints;
    private readonly Matrix _buffer;
    private Checkpoint? _last;
    private TrainingCheckpoint? _resumed;

    /// <summary>A training that has not begun.</summary>
    /// <param name="engines">hold the parameters; not disposed. One that has taken all its steps waits for the others.</param>
    /// <param name="activations">read from where they stand; not disposed</param>
    /// <param name="config">how long, and what is written</param>
    /// <param name="runFolder">the run's folder: metrics.jsonl, checkpoints/ and dictionary/ are written there</param>
    /// <exception cref="ArgumentException">The configuration is not valid, engines and activations differ in layers or width, or two dictionaries have one name.</exception>
    public DictionaryTrainer(IReadOnlyList<LayeredEngine> engines, IActivationStream activations, TrainingConfig config, string runFolder)
    {
        _engines = engines;
        _activations = activations;
        _config = config.Validated();
        RunFolder = runFolder;
        _checkpoints = new CheckpointFolder(Path.Combine(runFolder, "checkpoints"));
        Require.That(engines.Count > 0, "There is no dictionary to train.");
        Require.That(engines.DistinctBy(engine => engine.Plan.Name).Count() == engines.Count, "Two dictionaries have one name.");
        foreach (var engine in engines)
        {
            Require.Equal(activations.LayerCount, engine.LayerCount);
            Require.Equal(activations.ModelDim, engine.ModelDim);
        }

        _buffer = new Matrix(config.BatchTokens * activations.LayerCount, activations.ModelDim);
    }

    /// <summary>The run's folder.</summary>
    public string RunFolder { get; }

    /// <summary>Told at every logged step; null for no one.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>What the dictionaries will say of where it comes from; tokens and steps are filled in.</summary>
    public DictionaryOrigin Origin { get; init; } = new();

    /// <summary>Puts engine and activations into the state of the run's newest checkpoint. Called before <see cref="Run"/>.</summary>
    /// <returns>the step to go on from, or null where there is no checkpoint: the training then begins anew</returns>
    /// <exception cref="InvalidDataException">The checkpoint is damaged or of other settings.</exception>
    public long? Resume()
    {
        _last = _checkpoints.Latest();
        if (_last is null)
        {
            return null;
        }

        _resumed = TrainingCheckpoint.Read(_last.Path);
        _resumed.Restore(_last.Path, _engines, _activations, _config.BatchTokens);
        return _resumed.Step;
    }

    /// <summary>Trains each dictionary to the end of its tokens or of the activations, whichever is first, and writes them.</summary>
    /// <param name="cancellation">When set, the step in progress is finished, a checkpoint written, and the result says so.</param>
    /// <exception cref="NonFiniteException">A NaN or an infinity came up; the message names the last good checkpoint.</exception>
    /// <exception cref="InvalidDataException">The activations hold fewer than two tokens.</exception>
    public TrainingResult Run(CancellationToken cancellation = default)
    {
        using var metrics = OpenMetrics();
        var clock = new TrainingClock(_resumed?.Seconds ?? 0);
        try
        {
            while (!IsDone && !cancellation.IsCancellationRequested)
            {
                if (!Resample(cancellation) || ReadBatch() is not { } batch)
                {
                    break;
                }

                Step(batch, metrics, clock);
                if (_config.CheckpointEvery > 0 && StepCount % _config.CheckpointEvery == 0)
                {
                    WriteCheckpoint(metrics, clock);
                }
            }

            return Finish(cancellation.IsCancellationRequested && !IsDone, metrics, clock);
        }
        catch (NonFiniteException error)
        {
            throw new NonFiniteException(error, _last?.Path);
        }
    }

    private MetricsLog OpenMetrics()
    {
        string path = Path.Combine(RunFolder, "metrics.jsonl");
        return _resumed is null ? MetricsLog.Create(path) : MetricsLog.Resume(path, _resumed.MetricsLength);
    }

    /// <summary>The next batch, or null at the end of the activations. A single last token has no variance and is left out.</summary>
    private Matrix? ReadBatch()
    {
        int tokens = _activations.Read(_buffer);
        if (tokens == _config.BatchTokens)
        {
            return _buffer;
        }

        return tokens >= 2 ? _buffer.RowWindow(0, tokens * _activations.LayerCount) : null;
    }

    private bool IsDone => _engines.All(engine => engine.IsDone);

    /// <summary>Steps of the dictionary that is furthest.</summary>
    private long StepCount => _engines.Max(engine => engine.StepCount);

    private long TotalSteps => _engines.Max(engine => engine.TotalSteps);

    /// <summary>One step of every dictionary that has steps left.</summary>
    private void Step(Matrix batch, MetricsLog metrics, TrainingClock clock)
    {
        bool logged = (StepCount + 1) % _config.LogEvery == 0 || StepCount + 1 == TotalSteps;
        var reports = new List<(LayeredEngine Engine, StepReport Report)>();
        foreach (var engine in _engines.Where(engine => !engine.IsDone))
        {
            reports.Add((engine, engine.Step(batch)));
            clock.Count(batch.Rows);
        }

        clock.CountStep();
        if (logged || reports.Any(r => r.Engine.IsDone))
        {
            Record(reports, metrics, clock);
        }
    }

    private void Record(List<(LayeredEngine Engine, StepReport Report)> reports, MetricsLog metrics, TrainingClock clock)
    {
        var (vectors, steps) = clock.Lap();
        foreach (var (engine, report) in reports)
        {
            metrics.Append(TrainingMetrics.Of(engine, report, clock.Seconds, vectors));
            engine.Resampled = 0;
        }

        Progress?.Report(new TrainingProgress(
            StepCount, TotalSteps, _engines.Max(engine => engine.TokenCount), vectors, Median(reports, r => r.Fvu.Average()), Median(reports, r => r.L0.Average()),
            Median(reports, r => r.DeadFraction), Median(reports, r => r.Loss), TimeSpan.FromSeconds((TotalSteps - StepCount) / steps)));
    }

    /// <summary>Of several dictionaries the middle one speaks for all: a baseline's FVU may be of another order.</summary>
    private static double Median(List<(LayeredEngine Engine, StepReport Report)> reports, Func<StepReport, double> of) =>
        reports.Select(r => of(r.Report)).Order().ElementAt(reports.Count / 2);

    private void WriteCheckpoint(MetricsLog metrics, TrainingClock clock)
    {
        var checkpoint = new TrainingCheckpoint
        {
            Step = StepCount,
            MetricsLength = metrics.Commit(),
            Seconds = clock.Seconds,
            BatchTokens = _config.BatchTokens,
            LayerCount = _activations.LayerCount,
            Plans = [.. _engines.Select(engine => engine.Plan)],
        };
        // Taken before the folder is touched: it refuses parameters that are not numbers.
        var engines = _engines.Select(engine => (engine.Plan.Name, engine.SaveState())).ToList();
        _last = _checkpoints.Write(checkpoint.Step, _config.KeepCheckpoints, folder => checkpoint.Write(folder, engines, _activations));
    }

    private TrainingResult Finish(bool cancelled, MetricsLog metrics, TrainingClock clock)
    {
        if (!cancelled && StepCount == 0)
        {
            throw new InvalidDataException("The activations hold fewer than two tokens, so there is nothing to train on.");
        }

        if (StepCount > 0 && _last?.Step != StepCount)
        {
            WriteCheckpoint(metrics, clock);
        }

        if (!cancelled)
        {
            foreach (var engine in _engines)
            {
                engine.Export(Origin).Save(FolderOf(RunFolder, engine.Plan.Name, _engines.Count));
            }
        }

        return new TrainingResult(StepCount, _engines.Max(engine => engine.TokenCount), !cancelled, _last?.Path);
    }

    /// <summary>Where a run keeps a dictionary: in dictionary/ where it is the only one, otherwise in dictionary/&lt;name&gt;/.</summary>
    internal static string FolderOf(string runFolder, string name, int dictionaries) =>
        dictionaries == 1 ? Path.Combine(runFolder, "dictionary") : Path.Combine(runFolder, "dictionary", name);
}

using Mlsae.Activations;
using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Training;

/// <summary>Trains a dictionary on a stream of activations into a run folder: metrics, progress, checkpoints, exact resume, and at the end the dictionary.</summary>
/// <remarks>A training that was killed and resumed ends with the same bytes as one that was not, given the same configuration and data.</remarks>
public sealed class DictionaryTrainer
{
    private readonly IDictionaryEngine _engine;
    private readonly IActivationStream _activations;
    private readonly TrainingConfig _config;
    private readonly CheckpointFolder _checkpoints;
    private readonly Matrix _buffer;
    private Checkpoint? _last;
    private TrainingCheckpoint? _resumed;

    /// <summary>A training that has not begun.</summary>
    /// <param name="engine">holds the parameters; not disposed</param>
    /// <param name="activations">read from where they stand; not disposed</param>
    /// <param name="config">how long, and what is written</param>
    /// <param name="runFolder">the run's folder: metrics.jsonl, checkpoints/ and dictionary/ are written there</param>
    /// <exception cref="ArgumentException">The configuration is not valid, or engine and activations differ in layers or width.</exception>
    public DictionaryTrainer(IDictionaryEngine engine, IActivationStream activations, TrainingConfig config, string runFolder)
    {
        _engine = engine;
        _activations = activations;
        _config = config.Validated();
        RunFolder = runFolder;
        _checkpoints = new CheckpointFolder(Path.Combine(runFolder, "checkpoints"));
        Require.Equal(activations.LayerCount, engine.LayerCount);
        Require.Equal(activations.ModelDim, engine.Config.ModelDim);
        _buffer = new Matrix(config.BatchTokens * activations.LayerCount, activations.ModelDim);
    }

    /// <summary>The run's folder.</summary>
    public string RunFolder { get; }

    /// <summary>Told at every logged step; null for no one.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>What the dictionary will say of where it comes from; tokens and steps are filled in.</summary>
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
        _resumed.Restore(_last.Path, _engine, _activations, _config.BatchTokens);
        return _resumed.Step;
    }

    /// <summary>Trains to the end of <see cref="TrainingConfig.TotalTokens"/> or of the activations, whichever is first, and writes the dictionary.</summary>
    /// <param name="cancellation">When set, the step in progress is finished, a checkpoint written, and the result says so.</param>
    /// <exception cref="NonFiniteException">A NaN or an infinity came up; the message names the last good checkpoint.</exception>
    /// <exception cref="InvalidDataException">The activations hold fewer than two tokens.</exception>
    public TrainingResult Run(CancellationToken cancellation = default)
    {
        using var metrics = OpenMetrics();
        var clock = new TrainingClock(_resumed?.Seconds ?? 0);
        try
        {
            while (_engine.StepCount < _config.TotalSteps() && !cancellation.IsCancellationRequested && ReadBatch() is { } batch)
            {
                var report = Step(batch, clock);
                Record(report, metrics, clock);
                if (_config.CheckpointEvery > 0 && _engine.StepCount % _config.CheckpointEvery == 0)
                {
                    WriteCheckpoint(metrics, clock);
                }
            }

            return Finish(cancellation.IsCancellationRequested && _engine.StepCount < _config.TotalSteps(), metrics, clock);
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

    private StepReport Step(Matrix batch, TrainingClock clock)
    {
        var report = _engine.Step(batch, LearningRate(_engine.StepCount + 1));
        clock.Count(batch.Rows);
        return report;
    }

    private void Record(StepReport report, MetricsLog metrics, TrainingClock clock)
    {
        long total = _config.TotalSteps();
        if (report.Step % _config.LogEvery != 0 && report.Step != total)
        {
            return;
        }

        var (vectors, steps) = clock.Lap();
        metrics.Append(TrainingMetrics.Of(report, _engine.TokenCount, LearningRate(report.Step), clock.Seconds, vectors));
        Progress?.Report(new TrainingProgress(
            report.Step, total, _engine.TokenCount, vectors, report.Fvu.Average(), report.L0.Average(), report.DeadFraction, report.Loss,
            TimeSpan.FromSeconds((total - report.Step) / steps)));
    }

    private void WriteCheckpoint(MetricsLog metrics, TrainingClock clock)
    {
        var checkpoint = new TrainingCheckpoint
        {
            Step = _engine.StepCount,
            MetricsLength = metrics.Commit(),
            Seconds = clock.Seconds,
            BatchTokens = _config.BatchTokens,
            LayerCount = _engine.LayerCount,
            Dictionary = _engine.Config,
        };
        // Taken before the folder is touched: it refuses parameters that are not numbers.
        var engine = _engine.SaveState();
        _last = _checkpoints.Write(checkpoint.Step, _config.KeepCheckpoints, folder => checkpoint.Write(folder, engine, _activations));
    }

    private TrainingResult Finish(bool cancelled, MetricsLog metrics, TrainingClock clock)
    {
        if (!cancelled && _engine.StepCount == 0)
        {
            throw new InvalidDataException("The activations hold fewer than two tokens, so there is nothing to train on.");
        }

        if (_engine.StepCount > 0 && _last?.Step != _engine.StepCount)
        {
            WriteCheckpoint(metrics, clock);
        }

        if (!cancelled)
        {
            var dictionary = _engine.Export();
            dictionary.WithOrigin(Origin with { TrainedTokens = _engine.TokenCount, TrainedSteps = _engine.StepCount }).Save(Path.Combine(RunFolder, "dictionary"));
        }

        return new TrainingResult(_engine.StepCount, _engine.TokenCount, !cancelled, _last?.Path);
    }

    private double LearningRate(long step) => _engine.Config.Adam.LearningRateAt(step, _config.TotalSteps());
}

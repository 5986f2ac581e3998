using System.Diagnostics;
using Mlsae.Activations;
using Mlsae.Dictionaries;
using Mlsae.Numerics;

namespace Mlsae.Training;

/// <summary>Trains a dictionary on a stream of activations into a run folder: metrics, progress, checkpoints, exact resume.</summary>
public sealed class DictionaryTrainer
{
    private readonly IDictionaryEngine _engine;
    private readonly IActivationStream _activations;
    private readonly TrainingConfig _config;
    private readonly Matrix _batch;

    /// <summary>A training that has not begun.</summary>
    /// <param name="engine">holds the parameters; not disposed</param>
    /// <param name="activations">read from where they stand; not disposed</param>
    /// <param name="config">how long, and what is written</param>
    /// <param name="runFolder">the run's folder, which exists: metrics.jsonl and checkpoints/ are written there</param>
    /// <exception cref="ArgumentException">The configuration is not valid, or engine and activations differ in layers or width.</exception>
    public DictionaryTrainer(IDictionaryEngine engine, IActivationStream activations, TrainingConfig config, string runFolder)
    {
        _engine = engine;
        _activations = activations;
        _config = config.Validated();
        RunFolder = runFolder;
        Require.Equal(activations.LayerCount, engine.LayerCount);
        Require.Equal(activations.ModelDim, engine.Config.ModelDim);
        _batch = new Matrix(config.BatchTokens * activations.LayerCount, activations.ModelDim);
    }

    /// <summary>The run's folder.</summary>
    public string RunFolder { get; }

    /// <summary>Told at every logged step; null for no one.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Trains to the end of <see cref="TrainingConfig.TotalTokens"/> or of the activations, whichever is first.</summary>
    /// <param name="cancellation">When set, the step in progress is finished, a checkpoint written, and the result says so.</param>
    /// <exception cref="NonFiniteException">A NaN or an infinity came up.</exception>
    public TrainingResult Run(CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        long total = _config.TotalSteps();
        while (_engine.StepCount < total && !cancellation.IsCancellationRequested)
        {
            int tokens = _activations.Read(_batch);
            if (tokens < 2)
            {
                break;
            }

            var batch = tokens == _config.BatchTokens ? _batch : _batch.RowWindow(0, tokens * _activations.LayerCount);
            long step = _engine.StepCount + 1;
            var report = _engine.Step(batch, _engine.Config.Adam.LearningRateAt(step, total));
            if (step % _config.LogEvery == 0)
            {
                double rate = batch.Rows / clock.Elapsed.TotalSeconds;
                Progress?.Report(new TrainingProgress(
                    step, total, _engine.TokenCount, rate, report.Fvu.Average(), report.L0.Average(), report.DeadFraction, report.Loss, TimeSpan.Zero));
            }

            clock.Restart();
        }

        return new TrainingResult(_engine.StepCount, _engine.TokenCount, !cancellation.IsCancellationRequested, null);
    }
}

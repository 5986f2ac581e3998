using System.Diagnostics;
using Mlsae.Numerics;
using Mlsae.Text;

namespace Mlsae.Transformers;

/// <summary>Trains a language model from random weights: AdamW with warm-up, cosine and clipping, metrics, checkpoints, exact resume.</summary>
public sealed class LanguageModelTrainer : IDisposable
{
    private readonly LanguageModelTrainingConfig _training;
    private readonly IContextStream _contexts;
    private readonly IReadOnlyList<int[]> _heldOut;
    private readonly BackwardPass _backward;
    private readonly TrainingState _state;
    private readonly TrainingFolder? _folder;

    /// <summary>A training that has not begun.</summary>
    /// <param name="model">the model to make</param>
    /// <param name="training">how</param>
    /// <param name="contexts">read from where they stand; not disposed</param>
    /// <param name="heldOut">contexts to measure the held-out loss on; null for none</param>
    /// <param name="folder">where metrics.jsonl and checkpoints/ are written, made if missing; null for neither</param>
    /// <exception cref="ArgumentException">A configuration is not valid, or the contexts do not fit the model.</exception>
    public LanguageModelTrainer(
        LanguageModelConfig model, LanguageModelTrainingConfig training, IContextStream contexts, IReadOnlyList<int[]>? heldOut = null, string? folder = null)
    {
        _training = training.Validated();
        _contexts = contexts;
        _heldOut = heldOut ?? [];
        Require.That(contexts.ContextLength <= model.ContextLength,
            $"Contexts of {contexts.ContextLength} tokens are longer than the model's {model.ContextLength}.");
        var weights = LanguageModelWeights.Random(model, training.Seed);
        Model = new LanguageModel(weights);
        _backward = new BackwardPass(Model, training.BatchSequences, contexts.ContextLength);
        _state = new TrainingState(weights);
        _folder = folder == null ? null : new TrainingFolder(folder, training.KeepCheckpoints);
    }

    /// <summary>The model, with the weights of the last step.</summary>
    public LanguageModel Model { get; }

    /// <summary>Steps done.</summary>
    public int Step => _state.Step;

    /// <summary>
    /// Goes on from the newest checkpoint of the folder, if there is one. With the same configurations as before, every result is then as if there had been no break.
    /// </summary>
    /// <returns>whether there was one</returns>
    /// <exception cref="InvalidDataException">It does not fit this model or stream.</exception>
    public bool Resume() => _folder?.Restore(_state, _contexts) == true;

    /// <summary>Trains to <see cref="LanguageModelTrainingConfig.Steps"/>.</summary>
    /// <param name="progress">told at every logged step; null for no one</param>
    /// <param name="cancellation">When set, the step in progress is finished, a checkpoint written, and the result says so.</param>
    /// <exception cref="ArithmeticException">A NaN or an infinity came up; the message names the tensor, the step and the last good checkpoint.</exception>
    /// <exception cref="InvalidOperationException">The contexts ended before the steps did.</exception>
    public LanguageModelTrainingResult Run(IProgress<LanguageModelProgress>? progress = null, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        while (_state.Step < _training.Steps)
        {
            if (cancellation.IsCancellationRequested)
            {
                _state.Seconds += clock.Elapsed.TotalSeconds;
                return new LanguageModelTrainingResult(_state.Step, _state.Tokens, false, null, _state.Seconds, _folder?.Save(_state, _contexts));
            }

            TakeStep(ReadBatch());
            if (_heldOut.Count > 0 && (_state.Step % _training.EvaluateEvery == 0 || _state.Step == _training.Steps))
            {
                _state.HeldOutLoss = LanguageModelLoss.Mean(Model, _heldOut, _training.BatchSequences);
            }

            if (_state.Step % _training.LogEvery == 0 || _state.Step == _training.Steps)
            {
                Report(clock, progress);
            }

            if (_training.CheckpointEvery > 0 && _state.Step % _training.CheckpointEvery == 0)
            {
                _folder?.Save(_state, _contexts);
            }
        }

        return new LanguageModelTrainingResult(_state.Step, _state.Tokens, true, _heldOut.Count > 0 ? _state.HeldOutLoss : null, _state.Seconds, null);
    }

    /// <summary>Closes metrics.jsonl.</summary>
    public void Dispose() => _folder?.Dispose();

    private TokenBatch ReadBatch()
    {
        int length = _contexts.ContextLength;
        int[] ids = new int[_training.BatchSequences * length];
        for (int i = 0; i < _training.BatchSequences; i++)
        {
            int[] context = _contexts.Next() ?? throw new InvalidOperationException(
                $"The contexts ended after {_state.Step} of {_training.Steps} steps; give more text or ask for fewer steps.");
            context.CopyTo(ids, i * length);
        }

        return new TokenBatch(ids, _training.BatchSequences, length);
    }

    /// <summary>Loss, gradients, clipping, AdamW.</summary>
    internal void TakeStep(TokenBatch batch)
    {
        int step = _state.Step + 1;
        double loss = _backward.Run(batch);
        double norm = Math.Sqrt(_backward.Gradients.Parameters.Sum(p => Kernels.SquaredNorm(Values(p))));
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            throw NotFinite(loss, step);
        }

        double rate = _training.LearningRateAt(step);
        var update = new AdamWStep(step, (float)rate)
        {
            Beta1 = (float)_training.Beta1,
            Beta2 = (float)_training.Beta2,
            Epsilon = (float)_training.Epsilon,
            GradientScale = (float)Math.Min(1, _training.ClipNorm / norm),
        };
        for (int i = 0; i < _state.Weights.Parameters.Count; i++)
        {
            var parameter = _state.Weights.Parameters[i];
            Kernels.AdamW(
                Values(parameter), Values(_backward.Gradients.Parameters[i]), Values(_state.Mean.Parameters[i]), Values(_state.MeanSquare.Parameters[i]),
                update with { WeightDecay = parameter.Decays ? (float)_training.WeightDecay : 0 });
        }

        _state.Record(batch.TokenCount, loss, norm, rate);
    }

    private static Memory<float> Values(Parameter parameter) => parameter.Values.AsMemory();

    private ArithmeticException NotFinite(double loss, int step)
    {
        string tensor = !double.IsFinite(loss)
            ? "the loss"
            : "the gradient of " + (_backward.Gradients.Parameters.FirstOrDefault(p => !double.IsFinite(Kernels.SquaredNorm(Values(p))))?.Name ?? "all weights");
        string good = _folder?.NewestCheckpoint() is { } path ? $"The last good checkpoint is {path}." : "There is no checkpoint.";
        return new ArithmeticException($"NaN or infinity in {tensor} at step {step}. {good}");
    }

    private void Report(Stopwatch clock, IProgress<LanguageModelProgress>? progress)
    {
        double seconds = clock.Elapsed.TotalSeconds;
        clock.Restart();
        int steps = _state.LossCount;
        double rate = steps * (double)_training.BatchSequences * _contexts.ContextLength / seconds;
        _state.Seconds += seconds;
        var report = new LanguageModelProgress(
            _state.Step, _training.Steps, _state.Tokens, _state.TakeMeanLoss(), double.IsNaN(_state.HeldOutLoss) ? null : _state.HeldOutLoss,
            _state.LearningRate, _state.GradientNorm, rate, TimeSpan.FromSeconds((_training.Steps - _state.Step) * (seconds / steps)));
        _folder?.Append(report, _state.Seconds);
        progress?.Report(report);
    }
}

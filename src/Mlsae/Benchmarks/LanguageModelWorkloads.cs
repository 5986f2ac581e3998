using Mlsae.Numerics;
using Mlsae.Storage;
using Mlsae.Text;
using Mlsae.Transformers;

namespace Mlsae.Benchmarks;

/// <summary>A forward pass that keeps the residual stream after every block, without logits.</summary>
internal sealed class ForwardWorkload(TextSize size) : Workload
{
    private readonly LanguageModel _model = new(LanguageModelWeights.Random(size.Model, 0));
    private readonly TokenBatch _tokens = size.Batch();
    private readonly ForwardOptions _options = new() { Captures = [.. Enumerable.Range(0, size.Model.LayerCount).Select(HookPoint.ResidPost)], Logits = false };

    /// <inheritdoc/>
    public override double Units => size.Tokens;

    /// <inheritdoc/>
    public override void Run() => _model.Forward(_tokens, _options);
}

/// <summary>One step of training a language model: loss, gradients, clipping, AdamW.</summary>
internal sealed class LanguageModelStepWorkload : Workload
{
    private readonly TextSize _size;
    private readonly LanguageModelTrainer _trainer;
    private readonly TokenBatch _tokens;

    /// <summary>A model with random weights.</summary>
    public LanguageModelStepWorkload(TextSize size)
    {
        (_size, _tokens) = (size, size.Batch());
        var training = new LanguageModelTrainingConfig { Steps = int.MaxValue, BatchSequences = size.Sequences, LearningRate = 1e-4 };
        _trainer = new LanguageModelTrainer(size.Model, training, new RepeatedContexts(size));
    }

    /// <inheritdoc/>
    public override double Units => _size.Tokens;

    /// <inheritdoc/>
    public override void Run() => _trainer.TakeStep(_tokens);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _trainer.Dispose();
        base.Dispose();
    }
}

/// <summary>A stream that gives the sequences of one batch again and again.</summary>
internal sealed class RepeatedContexts(TextSize size) : IContextStream
{
    private readonly TokenBatch _tokens = size.Batch();
    private int _next;

    /// <inheritdoc/>
    public int ContextLength => size.Length;

    /// <inheritdoc/>
    public int[] Next() => _tokens.Part(_next++ % size.Sequences, 1).Ids;

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SaveState() => [];

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

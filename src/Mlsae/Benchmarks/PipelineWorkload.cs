using System.Diagnostics;
using Mlsae.Activations;
using Mlsae.Dictionaries;
using Mlsae.Dictionaries.Engines;
using Mlsae.Numerics;

namespace Mlsae.Benchmarks;

/// <summary>From tokens to a trained dictionary: a forward pass that harvests all layers, then a step on the vectors of every sequence.</summary>
internal sealed class PipelineWorkload : Workload
{
    private readonly TextSize _size;
    private readonly ModelActivations _activations;
    private readonly CpuTopKEngine _engine;
    private readonly Matrix _batch;
    private long _harvestTicks;
    private long _stepTicks;

    /// <summary>A model with random weights and a dictionary of random rows.</summary>
    public PipelineWorkload(TextSize size)
    {
        _size = size;
        var model = new Transformers.LanguageModel(Transformers.LanguageModelWeights.Random(size.Model, 0));
        _activations = new ModelActivations(model, new RepeatedContexts(size), new HarvestConfig { TokensPerForward = size.Tokens });
        var (latents, k) = Dictionary(size);
        _engine = new CpuTopKEngine(
            new TopKConfig { ModelDim = model.ModelDim, LatentCount = latents, K = k, Adam = new AdamConfig { LearningRate = 1e-6 }, DeadAfterTokens = long.MaxValue }, model.LayerCount);
        _batch = new Matrix(size.Length * model.LayerCount, model.ModelDim);
    }

    /// <summary>Latents of the dictionary that is trained, and how many are kept for each vector.</summary>
    public static (int LatentCount, int K) Dictionary(TextSize size) => size == TextSize.Toy ? (128, 8) : (DictionarySize.B.LatentCount, DictionarySize.B.K);

    /// <inheritdoc/>
    public override double Units => (double)_size.Tokens * _size.Model.LayerCount;

    /// <inheritdoc/>
    public override double Flops => 2 * Units * _engine.Config.ModelDim * _engine.Config.LatentCount;

    /// <inheritdoc/>
    public override IReadOnlyList<StageShare> Stages => StageShare.Of(("harvest", _harvestTicks), ("step", _stepTicks));

    /// <inheritdoc/>
    public override void Run()
    {
        for (int sequence = 0; sequence < _size.Sequences; sequence++)
        {
            long start = Stopwatch.GetTimestamp();
            _activations.Read(_batch);
            long middle = Stopwatch.GetTimestamp();
            _engine.Step(_batch, long.MaxValue / 2);
            _harvestTicks += middle - start;
            _stepTicks += Stopwatch.GetTimestamp() - middle;
        }
    }

    /// <inheritdoc/>
    public override void ResetStages() => (_harvestTicks, _stepTicks) = (0, 0);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _activations.Dispose();
        _engine.Dispose();
        base.Dispose();
    }
}

using Mlsae.Dictionaries;
using Mlsae.Dictionaries.Engines;
using Mlsae.Numerics;

namespace Mlsae.Benchmarks;

/// <summary>One training step of a dictionary on the CPU.</summary>
internal sealed class DictionaryStepWorkload : Workload
{
    /// <summary>So small that the dictionary is the same at the end as at the beginning.</summary>
    private const double LearningRate = 1e-6;

    /// <summary>Longer than any measurement: of the latents that are alive none dies.</summary>
    private const long DeadAfterTokens = 1_000_000_000_000;

    /// <summary>The layers that batches come from.</summary>
    private const int Layers = 4;

    private readonly DictionarySize _size;
    private readonly CpuEngine _engine;
    private readonly Matrix[] _batches;
    private int _runs;

    private DictionaryStepWorkload(DictionarySize size, CpuEngine engine)
    {
        (_size, _engine) = (size, engine);
        _batches = [.. Enumerable.Range(0, 4).Select(seed => size.Batch((ulong)seed))];
    }

    /// <summary>TopK with AuxK, of whose latents a share is dead.</summary>
    public static DictionaryStepWorkload TopK(DictionarySize size, double deadShare)
    {
        var engine = new CpuTopKEngine(
            new TopKConfig
            {
                ModelDim = size.ModelDim, LatentCount = size.LatentCount, K = size.K, Adam = new AdamConfig { LearningRate = LearningRate },
                DeadAfterTokens = DeadAfterTokens,
            },
            Layers);
        if (deadShare > 0)
        {
            Kill(engine, deadShare);
        }

        return new DictionaryStepWorkload(size, engine);
    }

    /// <summary>Makes a share of the latents so quiet that they are never among the k largest, and dead. As in a training they lie anywhere.</summary>
    private static void Kill(CpuTopKEngine engine, double share)
    {
        var dictionary = engine.Export();
        var draws = new Philox(0, "benchmark.dead");
        long[] ages = new long[dictionary.LatentCount];
        for (int latent = 0; latent < ages.Length; latent++)
        {
            if (draws.NextDouble() < share)
            {
                Kernels.Scale(dictionary.Encoder.Row(latent), 1e-3f);
                ages[latent] = DeadAfterTokens;
            }
        }

        engine.Import(dictionary);
        engine.Ages.Restore(ages);
    }

    /// <summary>ReLU with L1 whose codes are sparse, as they are but at the beginning of a training.</summary>
    public static DictionaryStepWorkload Relu(DictionarySize size) => new(
        size,
        new CpuReluEngine(
            new ReluConfig { ModelDim = size.ModelDim, LatentCount = size.LatentCount, InitialBias = -1.4, Adam = new AdamConfig { LearningRate = LearningRate } }, Layers));

    /// <inheritdoc/>
    public override double Units => _size.Vectors;

    /// <inheritdoc/>
    public override double Flops => _size.EncoderFlops;

    /// <inheritdoc/>
    public override string Remark => Codes + (Kernels.LastScreening is { } screening
        ? FormattableString.Invariant($", screening left {screening.LeftLatents / (double)screening.Rows:F0} latents a vector")
        : "");

    /// <summary>What Adam's pass moves: weights and two moments of encoder and decoder, read and written, for each second of it.</summary>
    private double AdamGigabytesPerSecond => _size.ParameterBytes * (6 / 4.0) * _runs / Math.Max(_engine.Times.Adam, 1e-9) * 1e-9;

    private string Codes => FormattableString.Invariant($"L0 {_engine.Codes.Values.Take(_engine.Codes.EntryCount).Count(value => value > 0) / (double)_size.Vectors:F0}, {_engine.Ages.DeadCount:N0} dead, Adam {AdamGigabytesPerSecond:F0} GB/s");

    /// <inheritdoc/>
    public override IReadOnlyList<StageShare> Stages
    {
        get
        {
            var t = _engine.Times;
            return StageShare.Of(
                ("prepare", t.Prepare), ("encode", t.Encode), ("decode", t.Decode), ("AuxK", t.AuxK), ("index", t.Index), ("gradients", t.Gradients), ("Adam", t.Adam));
        }
    }

    /// <inheritdoc/>
    public override void Run()
    {
        _engine.Step(_batches[_runs % _batches.Length], long.MaxValue / 2);
        _runs++;
    }

    /// <inheritdoc/>
    public override void ResetStages()
    {
        _engine.Times.Reset();
        _runs = 0;
    }
}

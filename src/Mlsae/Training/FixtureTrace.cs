using Mlsae.Dictionaries;
using Mlsae.Dictionaries.Engines;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Training;

/// <summary>Gathers what a replayed training did, under the names of the reference tensors.</summary>
internal sealed class FixtureTrace
{
    private readonly CpuTopKEngine _engine;
    private readonly int _steps;
    private readonly int _tokens;
    private readonly List<Tensor> _tensors = [];
    private readonly Dictionary<string, List<float>> _floats = [];
    private readonly List<long> _ages = [];
    private readonly List<long> _auxActive = [];
    private readonly List<long> _deadCounts = [];
    private readonly List<int> _indices = [];

    public FixtureTrace(CpuTopKEngine engine, int steps, int tokens)
    {
        (_engine, _steps, _tokens) = (engine, steps, tokens);
    }

    private int LatentCount => _engine.Config.LatentCount;

    private int ModelDim => _engine.Config.ModelDim;

    private int Layers => _engine.LayerCount;

    /// <summary>Notes the parameters before a step. In step 0 the pre-bias is not set yet: it is noted after, from what the step began with.</summary>
    public void Before(int step) => AddParameters($"step{step}.before", _engine.Export(), withBias: step > 0);

    /// <summary>Notes what a step did.</summary>
    public void After(int step, StepReport report)
    {
        Log("log.loss_total", report.Loss);
        Log("log.loss_mse", report.LossMse);
        Log("log.loss_auxk", report.LossAuxK);
        Log("log.dead_fraction", report.DeadFraction);
        Log("log.fvu_per_layer", _engine.Config.Compatibility.PooledVariance ? report.FvuMlsae : report.Fvu);
        Log("log.l0_per_layer", report.L0);
        Log("log.l1_per_layer", report.L1);
        _ages.AddRange(_engine.Ages.Ages);
        _auxActive.Add(report.AuxKActive);
        _deadCounts.Add(report.DeadCount);
        AddGradients(step);
        AddCodes(step);
        if (step == 0)
        {
            AddParameters("step0.after", _engine.Export(), withBias: true);
            AddBias("step0.before.pre_encoder_bias", _engine.StartedFrom);
            AddBias("geometric_median_step0", _engine.StartedFrom);
        }
    }

    /// <summary>Everything noted, with the final parameters and moments.</summary>
    public IReadOnlyList<Tensor> Finish()
    {
        foreach (var (name, values) in _floats)
        {
            long[] shape = values.Count == _steps ? [_steps] : [_steps, values.Count / _steps];
            _tensors.Add(Tensor.Of(name, values.ToArray().AsSpan(), shape));
        }

        _tensors.Add(Tensor.Of("log.last_nonzero_after", _ages.ToArray().AsSpan(), _steps, LatentCount));
        _tensors.Add(Tensor.Of("log.auxk_active", _auxActive.ToArray().AsSpan(), _steps));
        _tensors.Add(Tensor.Of("log.n_dead", _deadCounts.ToArray().AsSpan(), _steps));
        _tensors.Add(Tensor.Of("log.topk_indices", _indices.ToArray().AsSpan(), _steps, Layers, _tokens, ((TopKConfig)_engine.Config).K));
        AddParameters("final", _engine.Export(), withBias: true);
        AddMoments();
        return _tensors;
    }

    private void Log(string name, params double[] values)
    {
        _floats.TryAdd(name, []);
        _floats[name].AddRange(values.Select(v => (float)v));
    }

    private void AddParameters(string prefix, SparseDictionary dictionary, bool withBias)
    {
        Add($"{prefix}.encoder.weight", dictionary.Encoder);
        AddTransposed($"{prefix}.decoder.weight", dictionary.Decoder);
        if (withBias)
        {
            AddBias($"{prefix}.pre_encoder_bias", dictionary.PreBias);
        }
    }

    private void AddGradients(int step)
    {
        var gradients = _engine.Gradients ?? throw new InvalidOperationException("The engine records no gradients.");
        Add($"step{step}.grad.encoder.weight", gradients.Encoder);
        AddTransposed($"step{step}.grad.decoder.weight", gradients.ProjectedDecoder);
        AddBias($"step{step}.grad.pre_encoder_bias", gradients.PreBias);
        if (step == 0)
        {
            Add("step0.grad_raw.encoder.weight", gradients.Encoder);
            AddTransposed("step0.grad_raw.decoder.weight", gradients.Decoder);
            AddBias("step0.grad_raw.pre_encoder_bias", gradients.PreBias);
            AddTransposed("step0.grad_projected.decoder.weight", gradients.ProjectedDecoder);
        }
    }

    /// <summary>Codes and reconstructions, layer-major; codes in ascending order of latent.</summary>
    private void AddCodes(int step)
    {
        var codes = _engine.Codes;
        var (indices, values, reconstructions) = (new List<int>(), new List<float>(), new List<float>());
        for (int layer = 0; layer < Layers; layer++)
        {
            for (int row = layer; row < codes.Rows; row += Layers)
            {
                int[] latents = codes.RowIndices(row).ToArray();
                float[] activations = codes.RowValues(row).ToArray();
                Array.Sort(latents, activations);
                indices.AddRange(latents);
                values.AddRange(activations);
                reconstructions.AddRange(_engine.Reconstruction.Row(row));
            }
        }

        _indices.AddRange(indices);
        if (step == 0 || step == _steps - 1)
        {
            _tensors.Add(Tensor.Of($"step{step}.topk_indices", indices.ToArray().AsSpan(), Layers, _tokens, codes.Width));
            _tensors.Add(Tensor.Of($"step{step}.topk_values", values.ToArray().AsSpan(), Layers, _tokens, codes.Width));
            _tensors.Add(Tensor.Of($"step{step}.recons", reconstructions.ToArray().AsSpan(), Layers, _tokens, ModelDim));
        }
    }

    private void AddMoments()
    {
        using var state = new TensorSet(_engine.SaveState());
        foreach (var (ours, theirs) in new[] { ("first_moment", "adam_m"), ("second_moment", "adam_v") })
        {
            Add($"final.{theirs}.encoder.weight", state.ReadMatrix($"encoder.{ours}"));
            AddTransposed($"final.{theirs}.decoder.weight", state.ReadMatrix($"decoder.{ours}"));
            AddBias($"final.{theirs}.pre_encoder_bias", state.ReadFloats($"pre_bias.{ours}"));
        }
    }

    private void Add(string name, Matrix matrix) => _tensors.Add(Tensor.Of(name, matrix.AsSpan(), matrix.Rows, matrix.Columns));

    private void AddBias(string name, float[] values) => _tensors.Add(Tensor.Of(name, values.AsSpan(), values.Length));

    private void AddTransposed(string name, Matrix matrix)
    {
        var transposed = new Matrix(matrix.Columns, matrix.Rows);
        SparseDictionary.Transpose(matrix.AsSpan(), transposed.AsSpan(), matrix.Rows, matrix.Columns);
        Add(name, transposed);
    }
}

using Mlsae.Dictionaries;
using Mlsae.Dictionaries.Engines;
using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Training;

/// <summary>One layered dictionary in training: an engine for all layers, one for each, or one over vectors in which the layers lie side by side.</summary>
public sealed class LayeredEngine : IDisposable
{
    private readonly StepReport _report;
    private readonly int _batchTokens;

    /// <summary>Fresh parameters.</summary>
    /// <param name="plan">what to train, and how long</param>
    /// <param name="layerCount">L</param>
    /// <param name="batchTokens">tokens of each step</param>
    /// <exception cref="ArgumentException">A value of the configuration is out of range.</exception>
    public LayeredEngine(DictionaryPlan plan, int layerCount, int batchTokens)
    {
        (Plan, LayerCount, _batchTokens) = (plan, layerCount, batchTokens);
        TotalSteps = (plan.TotalTokens + batchTokens - 1) / batchTokens;
        Engines = [.. plan.ConfigsFor(layerCount).Select(config => DictionaryEngine.Create(config, plan.Arrangement == Arrangement.Shared ? layerCount : 1))];
        _report = new StepReport(layerCount);
    }

    /// <summary>What is trained, and how long.</summary>
    public DictionaryPlan Plan { get; }

    /// <summary>Vectors of each token, L.</summary>
    public int LayerCount { get; }

    /// <summary>Width of each vector.</summary>
    public int ModelDim => Plan.Dictionary.ModelDim;

    /// <summary>Steps of the whole training.</summary>
    public long TotalSteps { get; }

    /// <summary>The engines: one, or one for each layer.</summary>
    public IReadOnlyList<IDictionaryEngine> Engines { get; }

    /// <summary>Steps taken so far.</summary>
    public long StepCount => Engines[0].StepCount;

    /// <summary>Tokens trained on so far.</summary>
    public long TokenCount => Engines[0].TokenCount;

    /// <summary>Whether all its steps are taken.</summary>
    public bool IsDone => StepCount >= TotalSteps;

    /// <summary>One training step of every engine.</summary>
    /// <param name="batch">[tokens · L × d_model] row t·L + l is token t at layer l</param>
    /// <returns>What happened, by layer; losses and shares are means over engines. The same object each time.</returns>
    /// <exception cref="NonFiniteException">A NaN or an infinity came up.</exception>
    public StepReport Step(Matrix batch)
    {
        if (Plan.Arrangement == Arrangement.Shared)
        {
            return Engines[0].Step(batch, TotalSteps);
        }

        var tokens = batch.Reshape(batch.Rows / LayerCount, LayerCount * ModelDim);
        if (Plan.Arrangement == Arrangement.Crosscoder)
        {
            return Engines[0].Step(tokens, TotalSteps);
        }

        for (int layer = 0; layer < LayerCount; layer++)
        {
            _report.TakeLayer(layer, StepLayer(tokens, layer));
        }

        return _report;
    }

    /// <summary>Latents that were given a new start since the last line of metrics.</summary>
    internal int Resampled { get; set; }

    /// <summary>Begins to give dead latents a new start where a configuration says so after the present step.</summary>
    /// <returns>what wants inputs; null where there is nothing to do</returns>
    public LayeredResampler? BeginResampling()
    {
        LatentResampler?[] resamplers = [.. Engines.Select(engine => engine.BeginResampling(_batchTokens))];
        return resamplers.Any(resampler => resampler is not null) ? new LayeredResampler(Plan.Arrangement, resamplers, LayerCount) : null;
    }

    /// <summary>A copy of the present parameters.</summary>
    /// <param name="origin">what they will say of where they come from; tokens and steps are filled in</param>
    public ILayeredDictionary Export(DictionaryOrigin origin)
    {
        var parts = Engines.Select((engine, layer) => engine.Export().WithOrigin(origin with
        {
            TrainedTokens = TokenCount,
            TrainedSteps = StepCount,
            HookPoints = Plan.Arrangement == Arrangement.PerLayer && origin.HookPoints.Count > 0 ? [origin.HookPoints[layer]] : origin.HookPoints,
        }));
        return LayeredDictionary.Of(Plan.Arrangement, [.. parts], LayerCount);
    }

    /// <summary>Everything needed to go on.</summary>
    /// <exception cref="NonFiniteException">A parameter holds a NaN or an infinity.</exception>
    public IReadOnlyList<Tensor> SaveState() =>
        [.. Engines.SelectMany((engine, i) => engine.SaveState().Select(tensor => tensor with { Name = Prefix(i) + tensor.Name }))];

    /// <summary>Goes on from what <see cref="SaveState"/> gave.</summary>
    /// <exception cref="InvalidDataException">The state does not fit.</exception>
    public void RestoreState(ITensorSource state)
    {
        for (int i = 0; i < Engines.Count; i++)
        {
            using var own = state.Under(Prefix(i));
            Engines[i].RestoreState(own);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var engine in Engines)
        {
            engine.Dispose();
        }
    }

    private StepReport StepLayer(Matrix tokens, int layer)
    {
        try
        {
            return Engines[layer].Step(tokens.ColumnWindow(layer * ModelDim, ModelDim), TotalSteps);
        }
        catch (NonFiniteException error)
        {
            // The engine knows of one layer only, which it calls 0.
            throw new NonFiniteException(error.Tensor.Replace("layer 0", $"layer {layer}", StringComparison.Ordinal), error.Step);
        }
    }

    private static string Prefix(int engine) => $"{engine}.";
}

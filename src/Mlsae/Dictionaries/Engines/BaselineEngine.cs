using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Dictionaries.Engines;

/// <summary>Computes a baseline from the vectors that other kinds are trained on: each step takes a batch in, and the dictionary is computed when it is asked for.</summary>
/// <remarks>
/// A step reports FVU 1 and L0 0, that is nothing reconstructed yet, unless the dictionary does not depend on the vectors at all. What a baseline is worth is for an evaluation to say.
/// All layers' vectors together make one dictionary. Results depend neither on the number of threads nor on how the vectors are cut into batches.
/// </remarks>
public abstract class BaselineEngine : IDictionaryEngine
{
    private protected const int RowBlock = 64;

    private readonly StepReport _report;
    private SparseDictionary? _computed;

    /// <summary>An engine that has seen no vectors.</summary>
    /// <param name="config">what is computed</param>
    /// <param name="layerCount">vectors of each token, L</param>
    /// <exception cref="ArgumentException">A value of the configuration is out of range.</exception>
    private protected BaselineEngine(BaselineConfig config, int layerCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layerCount, 1);
        config.Validated();
        (Baseline, LayerCount, _report) = (config, layerCount, new StepReport(layerCount));
    }

    /// <summary>The engine of a method.</summary>
    internal static BaselineEngine Create(BaselineConfig config, int layerCount) => config.Method switch
    {
        BaselineMethod.Pca => new PcaEngine(config, layerCount),
        BaselineMethod.Ica => new IcaEngine(config, layerCount),
        BaselineMethod.Nmf => new NmfEngine(config, layerCount),
        _ => new FixedEngine(config, layerCount),
    };

    /// <inheritdoc/>
    public DictionaryConfig Config => Baseline;

    /// <inheritdoc/>
    public int LayerCount { get; }

    /// <inheritdoc/>
    public long StepCount { get; private set; }

    /// <inheritdoc/>
    public long TokenCount { get; private set; }

    private protected BaselineConfig Baseline { get; }

    /// <inheritdoc/>
    public StepReport Step(Matrix batch, long totalSteps)
    {
        Require.Equal(batch.Columns, Config.ModelDim);
        Require.That(batch.Rows > 0 && batch.Rows % LayerCount == 0, $"A batch has {batch.Rows} vectors; it must be a multiple of {LayerCount} layers.");
        for (int row = 0; row < batch.Rows; row++)
        {
            if (!DictionaryParameters.IsFinite(batch.Row(row)))
            {
                throw new NonFiniteException($"the activations of layer {row % LayerCount}", StepCount + 1);
            }
        }

        if (Take(Config.Standardize ? Standardized(batch) : batch))
        {
            _computed = null;
        }

        (StepCount, TokenCount) = (StepCount + 1, TokenCount + batch.Rows / LayerCount);
        (_report.Step, _report.Tokens) = (StepCount, batch.Rows / LayerCount);
        Fill(_report, batch);
        return _report;
    }

    /// <inheritdoc/>
    /// <remarks>The first call after a step may take long, as it computes the dictionary.</remarks>
    public SparseRows Encode(Matrix x) => Computed.Encode(x);

    /// <inheritdoc/>
    /// <remarks><inheritdoc cref="Encode" path="/remarks"/></remarks>
    public SparseDictionary Export() => Computed.WithOrigin(new DictionaryOrigin { TrainedTokens = TokenCount, TrainedSteps = StepCount });

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Always: a baseline is computed from vectors alone.</exception>
    public void Import(SparseDictionary dictionary) => throw new NotSupportedException($"{Config.Kind} is computed from vectors; it cannot begin from a given dictionary.");

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> SaveState() => [Tensor.Of("counts", new[] { StepCount, TokenCount }.AsSpan(), 2), .. SaveVectors()];

    /// <inheritdoc/>
    public void RestoreState(ITensorSource state)
    {
        long[] counts = state.ReadLongs("counts", 2);
        RestoreVectors(state);
        (StepCount, TokenCount, _computed) = (counts[0], counts[1], null);
    }

    /// <inheritdoc/>
    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>The dictionary of the vectors so far, computed at most once. It is never changed, so it need not be copied.</summary>
    private protected SparseDictionary Computed => _computed ??= Compute();

    /// <summary>Takes in vectors.</summary>
    /// <param name="x">[tokens · L × d_model] standardised where the configuration says so</param>
    /// <returns>whether they make the dictionary another one</returns>
    private protected abstract bool Take(Matrix x);

    /// <summary>The dictionary of the vectors so far.</summary>
    private protected abstract SparseDictionary Compute();

    /// <summary>What was gathered from the vectors so far.</summary>
    private protected abstract IEnumerable<Tensor> SaveVectors();

    /// <summary>Goes on from what <see cref="SaveVectors"/> gave.</summary>
    /// <exception cref="InvalidDataException">The state does not fit.</exception>
    private protected abstract void RestoreVectors(ITensorSource state);

    /// <summary>Says how well the batch is reconstructed.</summary>
    private protected virtual void Fill(StepReport report, Matrix batch)
    {
        Array.Fill(report.Fvu, 1);
        Array.Fill(report.FvuMlsae, 1);
        (report.LossMse, report.Loss) = (1, 1);
    }

    /// <summary>Directions in both senses: z = ReLU([Q; −Q](x − mean)), of which the k largest where there is a k.</summary>
    /// <param name="encoder">[d_model × d_model] Q</param>
    /// <param name="decoder">[d_model × d_model] what each adds</param>
    /// <param name="mean">[d_model]</param>
    private protected SparseDictionary InBothDirections(double[] encoder, double[] decoder, double[] mean)
    {
        float[] preBias = [.. mean.Select(value => (float)value)];
        var (up, down) = (Doubled(encoder), Doubled(decoder));
        return Baseline.K is null
            ? new ThresholdDictionary(Config, up, down, preBias, null, new float[Config.LatentCount])
            : new TopKDictionary(Config, up, down, preBias);
    }

    private Matrix Doubled(double[] rows)
    {
        var both = new Matrix(2 * rows.Length / Config.ModelDim, Config.ModelDim);
        for (int i = 0; i < rows.Length; i++)
        {
            (both.Values[i], both.Values[rows.Length + i]) = ((float)rows[i], (float)-rows[i]);
        }

        return both;
    }

    private static Matrix Standardized(Matrix batch)
    {
        var result = new Matrix(batch.Rows, batch.Columns);
        Workers.ForBlocks(batch.Rows, RowBlock, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                Kernels.Standardize(batch.Row(row), result.Row(row));
            }
        });
        return result;
    }
}

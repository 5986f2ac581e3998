namespace Mlsae.Metrics;

/// <summary>The metrics of one layer, or their means over layers. Intervals are over sequences.</summary>
public sealed record LayerMetrics
{
    /// <summary>The hook point's name; "overall" for the mean over layers.</summary>
    public required string Hook { get; init; }

    /// <inheritdoc cref="Metrics.Fvu"/>
    public required Estimate Fvu { get; init; }

    /// <inheritdoc cref="Metrics.FvuMlsae"/>
    public required Estimate FvuMlsae { get; init; }

    /// <inheritdoc cref="MeanSquaredError"/>
    public required Estimate Mse { get; init; }

    /// <inheritdoc cref="Metrics.L0"/>
    public required Estimate L0 { get; init; }

    /// <inheritdoc cref="Metrics.L1"/>
    public required Estimate L1 { get; init; }

    /// <inheritdoc cref="DeltaCrossEntropy"/>
    public required Estimate DeltaCe { get; init; }

    /// <inheritdoc cref="KlDivergence"/>
    public required Estimate Kl { get; init; }

    /// <inheritdoc cref="DeadLatents"/>
    public required Estimate DeadFraction { get; init; }
}

/// <summary>What an evaluation found, with all that is needed to repeat it.</summary>
public sealed record EvaluationResult
{
    /// <summary>The definition of every metric, by the name it has here.</summary>
    public static IReadOnlyDictionary<string, string> Definitions { get; } = new Dictionary<string, string>
    {
        ["fvu"] = Metrics.Fvu.Definition,
        ["fvu_mlsae"] = Metrics.FvuMlsae.Definition,
        ["mse"] = MeanSquaredError.Definition,
        ["l0"] = Metrics.L0.Definition,
        ["l1"] = Metrics.L1.Definition,
        ["delta_ce"] = DeltaCrossEntropy.Definition,
        ["kl"] = KlDivergence.Definition,
        ["dead_fraction"] = DeadLatents.Definition,
    };

    /// <summary>The definitions, as they are written into a result file.</summary>
    public IReadOnlyDictionary<string, string> MetricDefinitions { get; init; } = Definitions;

    /// <summary>Tokens whose vectors were reconstructed; special tokens are left out.</summary>
    public required long Tokens { get; init; }

    /// <summary>Sequences, the units of the intervals.</summary>
    public required int Sequences { get; init; }

    /// <summary>Tokens in a sequence.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Seed of the bootstrap.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Cross-entropy of the untouched model on the same text, nats per predicted token.</summary>
    public required double ModelCrossEntropy { get; init; }

    /// <summary>The metrics of each layer.</summary>
    public required IReadOnlyList<LayerMetrics> Layers { get; init; }

    /// <summary>The means over layers.</summary>
    public required LayerMetrics Overall { get; init; }
}

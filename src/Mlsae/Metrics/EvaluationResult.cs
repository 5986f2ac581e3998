namespace Mlsae.Metrics;

/// <summary>The metrics of one layer, or their means over layers.</summary>
/// <param name="Hook">the hook point's name; "overall" for the mean over layers</param>
/// <param name="Metrics">by name, with their intervals over sequences</param>
public sealed record LayerEvaluation(string Hook, IReadOnlyDictionary<string, Estimate> Metrics)
{
    /// <summary>A metric.</summary>
    /// <param name="name">its name, such as "fvu"</param>
    /// <exception cref="KeyNotFoundException">It was not measured.</exception>
    public Estimate this[string name] => Metrics.TryGetValue(name, out var estimate)
        ? estimate
        : throw new KeyNotFoundException($"The evaluation of {Hook} has no metric '{name}'; it has {string.Join(", ", Metrics.Keys)}.");
}

/// <summary>What an evaluation found, with all that is needed to repeat it.</summary>
public sealed record EvaluationResult
{
    /// <summary>The definition of every metric, by the name it has here.</summary>
    public static IReadOnlyDictionary<string, string> Definitions { get; } = LayerMetrics.All.Concat(LayerMetrics.WithMeans)
        .Select(metric => (metric.Name, metric.Definition)).Append((DeadLatents.Name, DeadLatents.Definition)).ToDictionary();

    /// <summary>The definitions of those that were measured, as they are written into a result file.</summary>
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

    /// <summary>Perplexity of the untouched model: exp of its cross-entropy.</summary>
    public double ModelPerplexity => Math.Exp(ModelCrossEntropy);

    /// <summary>The metrics of each layer.</summary>
    public required IReadOnlyList<LayerEvaluation> Layers { get; init; }

    /// <summary>The means over layers.</summary>
    public required LayerEvaluation Overall { get; init; }
}

using Mlsae.Dictionaries;

namespace Mlsae.Training;

/// <summary>One line of metrics.jsonl. Numbers of the step's batch alone, before its update.</summary>
internal sealed record TrainingMetrics
{
    /// <summary>The dictionary's name.</summary>
    public required string Dictionary { get; init; }

    public required long Step { get; init; }

    public required long Tokens { get; init; }

    public required long Vectors { get; init; }

    /// <summary>Of training, those before a resume included.</summary>
    public required double Seconds { get; init; }

    public required double Loss { get; init; }

    public required double LossMse { get; init; }

    public required double LossAuxk { get; init; }

    public required double LossSparsity { get; init; }

    public required double Fvu { get; init; }

    public required double[] FvuLayers { get; init; }

    public required double L0 { get; init; }

    public required double[] L0Layers { get; init; }

    public required double DeadFraction { get; init; }

    /// <summary>Latents that were given a new start since the line before.</summary>
    public required int Resampled { get; init; }

    public required double LearningRate { get; init; }

    public required double VectorsPerSecond { get; init; }

    public static TrainingMetrics Of(LayeredEngine engine, StepReport report, double seconds, double rate) => new()
    {
        Dictionary = engine.Plan.Name,
        Step = report.Step,
        Tokens = engine.TokenCount,
        Vectors = engine.TokenCount * report.Fvu.Length,
        Seconds = seconds,
        Loss = report.Loss,
        LossMse = report.LossMse,
        LossAuxk = report.LossAuxK,
        LossSparsity = report.LossSparsity,
        Fvu = report.Fvu.Average(),
        FvuLayers = [.. report.Fvu],
        L0 = report.L0.Average(),
        L0Layers = [.. report.L0],
        DeadFraction = report.DeadFraction,
        Resampled = engine.Resampled,
        LearningRate = report.LearningRate,
        VectorsPerSecond = rate,
    };
}

namespace Mlsae.Transformers;

/// <summary>How a language model is trained.</summary>
public sealed record LanguageModelTrainingConfig
{
    /// <summary>Optimiser steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Contexts in each step.</summary>
    public int BatchSequences { get; init; } = 16;

    /// <summary>Where the initial weights come from.</summary>
    public ulong Seed { get; init; }

    /// <summary>The learning rate after the warm-up.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>The learning rate of the last step, as a share of <see cref="LearningRate"/>; a cosine leads there.</summary>
    public double FinalLearningRateShare { get; init; } = 0.1;

    /// <summary>Steps over which the learning rate rises linearly from 0.</summary>
    public int WarmupSteps { get; init; } = 100;

    /// <summary>Share of the learning rate by which the matrices of attention and MLP shrink in each step (AdamW).</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Memory of Adam's first moment, in (0, 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Memory of Adam's second moment, in (0, 1).</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the root of Adam's second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The gradients of all weights together are scaled down to this Euclidean norm where they exceed it.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Steps between lines of metrics and reports of progress.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Steps between measurements of the held-out loss.</summary>
    public int EvaluateEvery { get; init; } = 250;

    /// <summary>Steps between checkpoints; 0 for none but the one that a cancelled run leaves.</summary>
    public int CheckpointEvery { get; init; } = 500;

    /// <summary>How many of the newest checkpoints are kept.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>The learning rate of a step: linear warm-up, then a cosine.</summary>
    /// <param name="step">from 1 to <see cref="Steps"/></param>
    public double LearningRateAt(int step)
    {
        if (step <= WarmupSteps)
        {
            return LearningRate * step / WarmupSteps;
        }

        double progress = (double)(step - WarmupSteps) / Math.Max(1, Steps - WarmupSteps);
        double share = FinalLearningRateShare + (1 - FinalLearningRateShare) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress)));
        return LearningRate * share;
    }

    /// <summary>This configuration, checked.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public LanguageModelTrainingConfig Validated()
    {
        Check(Steps > 0, nameof(Steps), Steps, "positive");
        Check(BatchSequences > 0, nameof(BatchSequences), BatchSequences, "positive");
        Check(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "positive");
        Check(FinalLearningRateShare is >= 0 and <= 1, nameof(FinalLearningRateShare), FinalLearningRateShare, "between 0 and 1");
        Check(WarmupSteps >= 0, nameof(WarmupSteps), WarmupSteps, "0 or more");
        Check(WeightDecay >= 0 && double.IsFinite(WeightDecay), nameof(WeightDecay), WeightDecay, "0 or more");
        Check(Beta1 is > 0 and < 1, nameof(Beta1), Beta1, "between 0 and 1");
        Check(Beta2 is > 0 and < 1, nameof(Beta2), Beta2, "between 0 and 1");
        Check(Epsilon > 0 && double.IsFinite(Epsilon), nameof(Epsilon), Epsilon, "positive");
        Check(ClipNorm > 0, nameof(ClipNorm), ClipNorm, "positive");
        Check(LogEvery > 0, nameof(LogEvery), LogEvery, "positive");
        Check(EvaluateEvery > 0, nameof(EvaluateEvery), EvaluateEvery, "positive");
        Check(CheckpointEvery >= 0, nameof(CheckpointEvery), CheckpointEvery, "0 or more");
        Check(KeepCheckpoints > 0, nameof(KeepCheckpoints), KeepCheckpoints, "positive");
        return this;
    }

    private static void Check(bool condition, string name, double value, string right)
    {
        if (!condition)
        {
            throw new ArgumentOutOfRangeException(name, $"{name} is {value}; it must be {right}.");
        }
    }
}

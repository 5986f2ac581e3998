namespace Mlsae.Dictionaries;

/// <summary>Adam and its learning rate's course.</summary>
public sealed record AdamConfig
{
    /// <summary>The learning rate between warm-up and decay.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>Decay of the first moment, β₁.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment, β₂.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment, ε.</summary>
    public double Epsilon { get; init; } = 6.25e-10;

    /// <summary>Steps over which the learning rate rises linearly from 0; 0 for none.</summary>
    public long WarmUpSteps { get; init; }

    /// <summary>Steps at the end over which the learning rate falls linearly towards 0; 0 for none.</summary>
    public long DecaySteps { get; init; }

    /// <summary>The learning rate of step <paramref name="step"/> of <paramref name="totalSteps"/>.</summary>
    /// <param name="step">from 1</param>
    /// <param name="totalSteps">steps of the whole training</param>
    public double LearningRateAt(long step, long totalSteps)
    {
        double warmUp = WarmUpSteps == 0 ? 1 : Math.Min(1, step / (double)WarmUpSteps);
        double decay = DecaySteps == 0 ? 1 : Math.Clamp((totalSteps - step + 1) / (double)DecaySteps, 0, 1);
        return LearningRate * Math.Min(warmUp, decay);
    }

    /// <summary>This record, or an exception with one sentence about the first value that cannot be.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public AdamConfig Validated()
    {
        Check(LearningRate > 0 && double.IsFinite(LearningRate), $"The learning rate is {LearningRate}; it must be a positive number.");
        Check(Beta1 is >= 0 and < 1, $"beta1 is {Beta1}; it must lie in [0, 1).");
        Check(Beta2 is >= 0 and < 1, $"beta2 is {Beta2}; it must lie in [0, 1).");
        Check(Epsilon > 0 && double.IsFinite(Epsilon), $"Adam's epsilon is {Epsilon}; it must be a positive number.");
        Check(WarmUpSteps >= 0, $"The number of warm-up steps is {WarmUpSteps}; it must not be negative.");
        Check(DecaySteps >= 0, $"The number of decay steps is {DecaySteps}; it must not be negative.");
        return this;
    }

    private static void Check(bool holds, string sentence) => Numerics.Require.That(holds, sentence);
}

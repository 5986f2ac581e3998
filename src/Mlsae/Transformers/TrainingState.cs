using Mlsae.Storage;

namespace Mlsae.Transformers;

/// <summary>All that a training changes: weights, moments and counters. What a checkpoint holds beside the stream's state.</summary>
internal sealed class TrainingState(LanguageModelWeights weights)
{
    private double _lossSum;

    public LanguageModelWeights Weights { get; } = weights;

    public LanguageModelWeights Mean { get; } = new(weights.Config);

    public LanguageModelWeights MeanSquare { get; } = new(weights.Config);

    public int Step { get; private set; }

    public long Tokens { get; private set; }

    /// <summary>Losses recorded since the mean was last taken.</summary>
    public int LossCount { get; private set; }

    public double LearningRate { get; private set; }

    public double GradientNorm { get; private set; }

    public double Seconds { get; set; }

    /// <summary>NaN before the first measurement.</summary>
    public double HeldOutLoss { get; set; } = double.NaN;

    public void Record(int tokens, double loss, double gradientNorm, double learningRate)
    {
        Step++;
        Tokens += tokens;
        _lossSum += loss;
        LossCount++;
        GradientNorm = gradientNorm;
        LearningRate = learningRate;
    }

    public double TakeMeanLoss()
    {
        double mean = _lossSum / LossCount;
        (_lossSum, LossCount) = (0, 0);
        return mean;
    }

    public IEnumerable<Tensor> Save() => Parts()
        .Select(p => Tensor.Of(p.Name, p.Values.AsSpan(), p.Values.Rows, p.Values.Columns))
        .Append(Tensor.Of("counters", [Step, Tokens, LossCount], 3))
        .Append(Tensor.Of("measures", [_lossSum, LearningRate, GradientNorm, Seconds, HeldOutLoss], 5));

    public void Restore(ITensorSource source)
    {
        foreach (var part in Parts())
        {
            source.RequireShape(part.Name, part.Values.Rows, part.Values.Columns);
            source.Read(part.Name, 0, part.Values.AsSpan());
        }

        long[] counters = source.ReadLongs("counters", 3);
        source.RequireShape("measures", 5);
        var measures = new double[5];
        source.Read("measures", 0, measures);
        (Step, Tokens, LossCount) = ((int)counters[0], counters[1], (int)counters[2]);
        (_lossSum, LearningRate, GradientNorm, Seconds, HeldOutLoss) = (measures[0], measures[1], measures[2], measures[3], measures[4]);
    }

    private IEnumerable<(string Name, Numerics.Matrix Values)> Parts()
    {
        foreach (var (prefix, part) in new[] { ("weights.", Weights), ("mean.", Mean), ("mean_square.", MeanSquare) })
        {
            foreach (var parameter in part.Parameters)
            {
                yield return (prefix + parameter.Name, parameter.Values);
            }
        }
    }
}

namespace Mlsae.Metrics;

/// <content>What the model loses downstream of the layer.</content>
public sealed partial class LayerSums
{
    /// <summary>Number of positions with a next token.</summary>
    public long Predictions { get; private set; }

    /// <summary>Σ over predictions of the untouched model's cross-entropy, in nats.</summary>
    public double CrossEntropy { get; private set; }

    /// <summary>Σ over predictions of the patched model's cross-entropy less the untouched model's, in nats.</summary>
    public double CrossEntropyDifference { get; private set; }

    /// <summary>The same with the layer's vectors replaced by zeros; NaN where that was not measured.</summary>
    public double ZeroAblationDifference { get; private set; }

    /// <summary>The same with the layer's vectors replaced by their mean; NaN where that was not measured.</summary>
    public double MeanAblationDifference { get; private set; }

    /// <summary>Number of positions whose next-token distributions were compared.</summary>
    public long Positions { get; private set; }

    /// <summary>Σ over positions of KL(original ‖ patched), in nats.</summary>
    public double Divergence { get; private set; }

    /// <summary>Σ over positions of KL(patched ‖ original), in nats.</summary>
    public double ReverseDivergence { get; private set; }

    /// <summary>Adds one position's effect on the next-token distribution.</summary>
    /// <param name="divergence">KL(original ‖ patched) in nats</param>
    /// <param name="reverse">KL(patched ‖ original) in nats</param>
    public void AddPosition(double divergence, double reverse)
    {
        Positions++;
        Divergence += divergence;
        ReverseDivergence += reverse;
    }

    /// <summary>Adds one position's effect on the loss.</summary>
    /// <param name="original">cross-entropy of the untouched model, in nats</param>
    /// <param name="patched">with the layer replaced by its reconstruction</param>
    /// <param name="zeroAblated">with the layer replaced by zeros; NaN where not measured</param>
    /// <param name="meanAblated">with the layer replaced by its mean; NaN where not measured</param>
    public void AddPrediction(double original, double patched, double zeroAblated = double.NaN, double meanAblated = double.NaN)
    {
        Predictions++;
        CrossEntropy += original;
        CrossEntropyDifference += patched - original;
        ZeroAblationDifference += zeroAblated - original;
        MeanAblationDifference += meanAblated - original;
    }

    private void AddPredictions(LayerSums other)
    {
        Predictions += other.Predictions;
        CrossEntropy += other.CrossEntropy;
        CrossEntropyDifference += other.CrossEntropyDifference;
        ZeroAblationDifference += other.ZeroAblationDifference;
        MeanAblationDifference += other.MeanAblationDifference;
        Positions += other.Positions;
        Divergence += other.Divergence;
        ReverseDivergence += other.ReverseDivergence;
    }
}

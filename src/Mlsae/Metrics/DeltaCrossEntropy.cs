namespace Mlsae.Metrics;

/// <summary>The rise of the model's next-token cross-entropy when one layer is replaced by its reconstruction, against the untouched model.</summary>
public static class DeltaCrossEntropy
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "delta_ce/1: mean over predicted tokens of CE(layer replaced by x_hat) - CE(untouched model), nats";

    /// <summary>The mean in nats per token.</summary>
    public static double Of(LayerSums sums) => sums.CrossEntropyDifference / sums.Predictions;

    /// <summary>−log softmax(logits)[target], in nats.</summary>
    /// <param name="logits">[vocabulary]</param>
    /// <param name="logSumExp">of the same logits</param>
    /// <param name="target">a token id</param>
    public static double CrossEntropy(ReadOnlySpan<float> logits, double logSumExp, int target) => logSumExp - logits[target];
}

namespace Mlsae.Metrics;

/// <summary>
/// Share of the loss that a layer is worth which its reconstruction keeps: 1 − (CE_reconstructed − CE) / (CE_ablated − CE). Ablated, every vector that is no special token's is
/// replaced by zeros (Bricken et al. 2023; SAEBench's ce_loss_score) or by the layer's mean over the evaluation set.
/// </summary>
public static class LossRecovered
{
    /// <summary>Name and version of the definition against zeros.</summary>
    public const string ZeroDefinition = "loss_recovered_zero/1: 1 - (CE_reconstructed - CE) / (CE_zeros - CE), sums over all predicted tokens";

    /// <summary>Name and version of the definition against the mean.</summary>
    public const string MeanDefinition =
        "loss_recovered_mean/1: 1 - (CE_reconstructed - CE) / (CE_mean - CE), sums over all predicted tokens, each vector replaced by the layer's mean over the evaluation set";

    /// <summary>1 where nothing is lost, 0 where zeros do as well.</summary>
    public static double OfZero(LayerSums sums) => 1 - sums.CrossEntropyDifference / sums.ZeroAblationDifference;

    /// <summary>1 where nothing is lost, 0 where the mean does as well.</summary>
    public static double OfMean(LayerSums sums) => 1 - sums.CrossEntropyDifference / sums.MeanAblationDifference;
}

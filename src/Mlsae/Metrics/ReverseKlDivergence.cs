namespace Mlsae.Metrics;

/// <summary>KL(patched ‖ original) of next-token distributions, mean per token: the direction that the published mlsae code takes.</summary>
/// <remarks>That code divides by the number of sequences only, so its numbers are this one times the tokens of a sequence.</remarks>
public static class ReverseKlDivergence
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "kl_reverse/1: mean over tokens of KL(layer replaced by x_hat || untouched), nats";

    /// <summary>The mean in nats per token.</summary>
    public static double Of(LayerSums sums) => sums.ReverseDivergence / sums.Positions;
}

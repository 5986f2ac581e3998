using Mlsae.Numerics;

namespace Mlsae.Metrics;

/// <summary>KL(original ‖ patched) of next-token distributions: Σ_v p_v (ln p_v − ln q_v), mean per token.</summary>
public static class KlDivergence
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "kl/1: mean over tokens of KL(untouched || layer replaced by x_hat), nats";

    /// <summary>The mean in nats per token.</summary>
    public static double Of(LayerSums sums) => sums.Divergence / sums.Positions;

    /// <summary>KL of two distributions given by logits, in nats.</summary>
    /// <param name="original">[vocabulary] logits of p</param>
    /// <param name="originalLogSumExp">ln Σ exp of them</param>
    /// <param name="patched">[vocabulary] logits of q</param>
    /// <param name="patchedLogSumExp">ln Σ exp of them</param>
    public static double Between(ReadOnlySpan<float> original, double originalLogSumExp, ReadOnlySpan<float> patched, double patchedLogSumExp)
    {
        Require.Equal(patched.Length, original.Length);
        double sum = 0;
        for (int v = 0; v < original.Length; v++)
        {
            double logP = original[v] - originalLogSumExp;
            sum += Math.Exp(logP) * (logP - (patched[v] - patchedLogSumExp));
        }

        return sum;
    }

    /// <summary>ln Σ exp(logits), about the largest so that nothing overflows.</summary>
    /// <param name="logits">[vocabulary], not empty</param>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        double largest = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        return largest + Math.Log(sum);
    }
}

using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Metrics;

/// <summary>The mean of each layer's vectors over a text: what mean ablation puts in their place.</summary>
/// <remarks>A pass of its own before the evaluation. A mean that is taken on the way would depend on the order and the size of batches, and be poor at first.</remarks>
public static class LayerMeans
{
    /// <summary>[L × d_model] The means over all tokens that are not special.</summary>
    /// <param name="model">whose activations are averaged</param>
    /// <param name="hooks">where, in the order of layers</param>
    /// <param name="batches">the text of the evaluation</param>
    /// <param name="specialTokens">token ids that are left out</param>
    /// <param name="cancellation">ends the work between batches</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Matrix Measure(
        ILanguageModel model, IReadOnlyList<HookPoint> hooks, IEnumerable<TokenBatch> batches, IReadOnlySet<int> specialTokens, CancellationToken cancellation = default)
    {
        var sums = hooks.Select(_ => Array.Empty<double>()).ToArray();
        long tokens = 0;
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            var result = model.Forward(batch, new ForwardOptions { Captures = [.. hooks], Logits = false });
            int[] kept = batch.PositionsExcept(specialTokens);
            tokens += kept.Length;
            Workers.For(hooks.Count, layer => sums[layer] = Added(sums[layer], result[hooks[layer]], kept));
        }

        return Divided(sums, tokens);
    }

    private static double[] Added(double[] sum, Matrix vectors, int[] kept)
    {
        sum = sum.Length == 0 ? new double[vectors.Columns] : sum;
        foreach (int row in kept)
        {
            var vector = vectors.Row(row);
            for (int i = 0; i < vector.Length; i++)
            {
                sum[i] += vector[i];
            }
        }

        return sum;
    }

    private static Matrix Divided(double[][] sums, long count)
    {
        var means = new Matrix(sums.Length, sums.Length == 0 ? 0 : sums[0].Length);
        for (int layer = 0; layer < sums.Length; layer++)
        {
            for (int i = 0; i < means.Columns; i++)
            {
                means[layer, i] = (float)(sums[layer][i] / Math.Max(1, count));
            }
        }

        return means;
    }
}

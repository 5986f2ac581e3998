using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Metrics;

/// <summary>
/// The model's losses when a layer is replaced by zeros, or by its mean: what the loss recovered by a reconstruction is measured against. They are of the model and the text alone, so
/// evaluators of several dictionaries that are given the same ablations, and the same batches in the same order, measure them once.
/// </summary>
/// <param name="means">[L × d_model] the layers' means over the text: <see cref="LayerMeans"/></param>
public sealed class LayerAblations(Matrix means)
{
    private readonly List<Batch> _batches = [];

    /// <summary>[L × d_model] The layers' means over the text.</summary>
    public Matrix Means => means;

    /// <summary>The cross-entropies of a batch's tokens with a layer ablated.</summary>
    /// <param name="index">which batch of the evaluation this is, from 0</param>
    /// <param name="tokens">the batch</param>
    /// <param name="layer">which layer</param>
    /// <param name="replacedBy">measures them with every token that is not special replaced by a vector [d_model]</param>
    /// <returns>[tokens] each, in nats; NaN where there is no next token</returns>
    /// <exception cref="ArgumentException">Another evaluator had another batch in this place.</exception>
    internal (double[] Zero, double[] Mean) CrossEntropies(int index, TokenBatch tokens, int layer, Func<float[], double[]> replacedBy)
    {
        if (index == _batches.Count)
        {
            _batches.Add(new Batch(tokens, new (double[], double[])?[means.Rows]));
        }

        var batch = _batches[index];
        Require.That(
            tokens.Length == batch.Tokens.Length && tokens.Ids.AsSpan().SequenceEqual(batch.Tokens.Ids), "Evaluations that share ablations must be given the same batches in the same order.");
        return batch.Layers[layer] ??= (replacedBy(new float[means.Columns]), replacedBy(means.Row(layer).ToArray()));
    }

    private sealed record Batch(TokenBatch Tokens, (double[] Zero, double[] Mean)?[] Layers);
}

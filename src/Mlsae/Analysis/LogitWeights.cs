using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Analysis;

/// <summary>
/// Direct logit weights: by how much a step along a latent's direction raises the logit of each token, by the direct path through the final norm and the unembedding alone. Bricken et al. 2023:
/// d W_out π L W_unembed, shifted to median 0.
/// </summary>
/// <remarks>
/// W_out is the MLP's last matrix where directions are of neurons (mlp_post), and the identity where they are of the residual stream or of what is added to it. π takes off the mean over d_model and is
/// there only in LayerNorm, not in RMSNorm; L is the final norm's scale. The norm's division by the deviation is left out: it scales all tokens alike. From the last block the direct path is the
/// only one (mlp_post, mlp_out, attn_out where attention and MLP are parallel, resid_post); from earlier places it is one of many, and later blocks may do otherwise.
/// </remarks>
public static class LogitWeights
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "logit_weights/1: d W_out pi L W_unembed less its median over tokens; pi in LayerNorm alone; direct path";

    /// <summary>The weights of each direction on each token.</summary>
    /// <param name="weights">the model</param>
    /// <param name="directions">[n_latents × d_model], or [n_latents × d_mlp] at mlp_post; not changed</param>
    /// <param name="place">where in the model the directions are</param>
    /// <returns>[n_latents × vocabulary] the median of each row is 0</returns>
    /// <exception cref="ArgumentException">At the place is neither the residual stream, nor what is added to it, nor neurons; or the width does not fit it.</exception>
    public static Matrix Of(LanguageModelWeights weights, Matrix directions, HookPoint place)
    {
        var logits = Unshifted(weights, directions, place);
        Workers.For(logits.Rows, row => Kernels.AddConstant(logits.Row(row), -Median(logits.Row(row)), logits.Row(row)));
        return logits;
    }

    /// <summary>[n_latents × vocabulary] The same without the shift to median 0, which changes no order of tokens.</summary>
    /// <inheritdoc cref="Of" path="/param"/>
    /// <inheritdoc cref="Of" path="/exception"/>
    public static Matrix Unshifted(LanguageModelWeights weights, Matrix directions, HookPoint place)
    {
        var scaled = ThroughNorm(weights, ToResidual(weights, directions, place));
        var logits = new Matrix(scaled.Rows, weights.Unembedding.Rows);
        Kernels.MatMulTransposedB(scaled, weights.Unembedding, logits);
        return logits;
    }

    /// <summary>[n_latents × d_model] What a step along each direction adds to the residual stream, by the direct path.</summary>
    /// <inheritdoc cref="Of" path="/param"/>
    /// <inheritdoc cref="Of" path="/exception"/>
    public static Matrix ToResidual(LanguageModelWeights weights, Matrix directions, HookPoint place)
    {
        switch (place.Kind)
        {
            case HookKind.MlpPost:
                Require.That(
                    place.Layer >= 0 && place.Layer < weights.Blocks.Count, $"{place} lies outside the model's blocks 0 to {weights.Blocks.Count - 1}.");
                Require.Equal(directions.Columns, weights.Config.MlpDim);
                var written = new Matrix(directions.Rows, weights.Config.ModelDim);
                Kernels.MatMulTransposedB(directions, weights.Blocks[place.Layer].MlpOut, written);
                return written;
            case HookKind.Embed or HookKind.ResidPre or HookKind.ResidMid or HookKind.ResidPost or HookKind.AttentionOut or HookKind.MlpOut:
                Require.Equal(directions.Columns, weights.Config.ModelDim);
                return directions;
            default:
                throw new ArgumentException(
                    $"Logit weights are of directions of the residual stream, of what is added to it (attn_out, mlp_out) or of neurons (mlp_post); {place} is none of these.");
        }
    }

    /// <summary>π, where the final norm takes off the mean, and L.</summary>
    private static Matrix ThroughNorm(LanguageModelWeights weights, Matrix residual)
    {
        bool centres = weights.Config.Norm == NormKind.LayerNorm;
        var scaled = residual.Copy();
        Workers.For(scaled.Rows, i =>
        {
            var row = scaled.Row(i);
            float mean = centres ? Mean(row) : 0;
            for (int j = 0; j < row.Length; j++)
            {
                row[j] = (row[j] - mean) * weights.FinalNorm[j];
            }
        });
        return scaled;
    }

    private static float Mean(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += value;
        }

        return (float)(sum / values.Length);
    }

    /// <summary>The middle value; of an even number the mean of the two in the middle. NaN where a value is.</summary>
    private static float Median(ReadOnlySpan<float> values)
    {
        float[] sorted = values.ToArray();
        Array.Sort(sorted);
        int middle = sorted.Length / 2;
        return float.IsNaN(sorted[0]) ? float.NaN : sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

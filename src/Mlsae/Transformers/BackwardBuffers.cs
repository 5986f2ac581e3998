using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>The arrays of a backward pass, shared by all blocks and made once.</summary>
internal sealed class BackwardBuffers
{
    public BackwardBuffers(LanguageModelConfig config, int sequences, int length)
    {
        int tokens = checked(sequences * length);
        ResidualGradient = new Matrix(tokens, config.ModelDim);
        NormedGradient = new Matrix(tokens, config.ModelDim);
        AttentionNormedGradient = new Matrix(tokens, config.ModelDim);
        MlpGradient = new Matrix(tokens, config.MlpDim);
        MlpUpGradient = config.Activation == ActivationKind.GatedSilu ? new Matrix(tokens, config.MlpDim) : null;
        MixedGradient = new Matrix(tokens, config.QueryDim);
        QueryKeyValueGradient = new Matrix(tokens, config.QueryDim + 2 * config.KeyValueDim);
        UnwantedNorm = (new float[config.ModelDim], config.Norm == NormKind.LayerNorm ? new float[config.ModelDim] : null);
    }

    /// <summary>[tokens × d_model] the gradient of the residual stream, carried from block to block.</summary>
    public Matrix ResidualGradient { get; }

    /// <summary>[tokens × d_model] of the MLP's normed input, and of the final norm's result.</summary>
    public Matrix NormedGradient { get; }

    public Matrix AttentionNormedGradient { get; }

    public Matrix MlpGradient { get; }

    public Matrix? MlpUpGradient { get; }

    public Matrix MixedGradient { get; }

    public Matrix QueryKeyValueGradient { get; }

    /// <summary>Where gradients of norms go that nobody asked for.</summary>
    public (float[] Weight, float[]? Bias) UnwantedNorm { get; }
}

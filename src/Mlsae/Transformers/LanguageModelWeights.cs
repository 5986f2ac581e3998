using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>One trainable array of a model, as optimisers and checkpoints see it.</summary>
/// <param name="Name">its name, unique in the model</param>
/// <param name="Values">the numbers, contiguous; a vector is one row</param>
/// <param name="Decays">whether weight decay applies: to the matrices of attention and MLP, not to norms, biases and embeddings</param>
public sealed record Parameter(string Name, Matrix Values, bool Decays);

/// <summary>The weights of one block. Matrices are [outputs × inputs], so that y = x · Wᵀ + b. Also holds their gradients.</summary>
public sealed class BlockWeights
{
    internal BlockWeights(LanguageModelConfig config)
    {
        int d = config.ModelDim, qkv = config.QueryDim + 2 * config.KeyValueDim;
        bool normBias = config.Norm == NormKind.LayerNorm;
        AttentionNorm = new float[d];
        AttentionNormBias = normBias ? new float[d] : null;
        QueryKeyValue = new Matrix(qkv, d);
        QueryKeyValueBias = config.AttentionBias ? new float[qkv] : null;
        AttentionOut = new Matrix(d, config.QueryDim);
        AttentionOutBias = config.AttentionBias ? new float[d] : null;
        MlpNorm = new float[d];
        MlpNormBias = normBias ? new float[d] : null;
        MlpIn = new Matrix(config.MlpDim, d);
        MlpInBias = config.MlpBias ? new float[config.MlpDim] : null;
        MlpUp = config.Activation == ActivationKind.GatedSilu ? new Matrix(config.MlpDim, d) : null;
        MlpUpBias = MlpUp != null && config.MlpBias ? new float[config.MlpDim] : null;
        MlpOut = new Matrix(d, config.MlpDim);
        MlpOutBias = config.MlpBias ? new float[d] : null;
    }

    /// <summary>[d_model] scale of the norm before attention.</summary>
    public float[] AttentionNorm { get; }

    /// <summary>[d_model] or null.</summary>
    public float[]? AttentionNormBias { get; }

    /// <summary>[(queries + keys + values) × d_model]: first all query heads, then all key heads, then all value heads.</summary>
    public Matrix QueryKeyValue { get; }

    /// <summary>[queries + keys + values] or null.</summary>
    public float[]? QueryKeyValueBias { get; }

    /// <summary>[d_model × queries] output projection of the attention.</summary>
    public Matrix AttentionOut { get; }

    /// <summary>[d_model] or null.</summary>
    public float[]? AttentionOutBias { get; }

    /// <summary>[d_model] scale of the norm before the MLP.</summary>
    public float[] MlpNorm { get; }

    /// <summary>[d_model] or null.</summary>
    public float[]? MlpNormBias { get; }

    /// <summary>[d_mlp × d_model] into the neurons (Llama: the gate).</summary>
    public Matrix MlpIn { get; }

    /// <summary>[d_mlp] or null.</summary>
    public float[]? MlpInBias { get; }

    /// <summary>[d_mlp × d_model] Llama's up projection, or null.</summary>
    public Matrix? MlpUp { get; }

    /// <summary>[d_mlp] or null.</summary>
    public float[]? MlpUpBias { get; }

    /// <summary>[d_model × d_mlp] out of the neurons.</summary>
    public Matrix MlpOut { get; }

    /// <summary>[d_model] or null.</summary>
    public float[]? MlpOutBias { get; }

    internal IEnumerable<Parameter> Parameters(string prefix)
    {
        (string Name, Matrix? Values, bool Decays)[] all =
        [
            ("attention_norm.weight", LanguageModelWeights.AsRow(AttentionNorm), false),
            ("attention_norm.bias", LanguageModelWeights.AsRow(AttentionNormBias), false),
            ("query_key_value.weight", QueryKeyValue, true),
            ("query_key_value.bias", LanguageModelWeights.AsRow(QueryKeyValueBias), false),
            ("attention_out.weight", AttentionOut, true),
            ("attention_out.bias", LanguageModelWeights.AsRow(AttentionOutBias), false),
            ("mlp_norm.weight", LanguageModelWeights.AsRow(MlpNorm), false),
            ("mlp_norm.bias", LanguageModelWeights.AsRow(MlpNormBias), false),
            ("mlp_in.weight", MlpIn, true),
            ("mlp_in.bias", LanguageModelWeights.AsRow(MlpInBias), false),
            ("mlp_up.weight", MlpUp, true),
            ("mlp_up.bias", LanguageModelWeights.AsRow(MlpUpBias), false),
            ("mlp_out.weight", MlpOut, true),
            ("mlp_out.bias", LanguageModelWeights.AsRow(MlpOutBias), false),
        ];
        return all.Where(p => p.Values != null).Select(p => new Parameter(prefix + p.Name, p.Values!, p.Decays));
    }
}

/// <summary>All weights of a model in one layout for every architecture. Also holds gradients and optimiser moments, which have the same shapes.</summary>
public sealed class LanguageModelWeights
{
    /// <summary>Weights of zero.</summary>
    public LanguageModelWeights(LanguageModelConfig config)
    {
        Config = config.Validated();
        Embedding = new Matrix(Config.VocabularySize, Config.ModelDim);
        Positions = Config.LearnedPositions ? new Matrix(Config.ContextLength, Config.ModelDim) : null;
        Blocks = [.. Enumerable.Range(0, Config.LayerCount).Select(_ => new BlockWeights(Config))];
        FinalNorm = new float[Config.ModelDim];
        FinalNormBias = Config.Norm == NormKind.LayerNorm ? new float[Config.ModelDim] : null;
        Unembedding = Config.TiedEmbeddings ? Embedding : new Matrix(Config.VocabularySize, Config.ModelDim);
        Parameters = [.. ListParameters()];
    }

    /// <summary>The shapes.</summary>
    public LanguageModelConfig Config { get; }

    /// <summary>[vocabulary × d_model].</summary>
    public Matrix Embedding { get; }

    /// <summary>[context × d_model] learned position embedding, or null.</summary>
    public Matrix? Positions { get; }

    /// <summary>The blocks, in order.</summary>
    public IReadOnlyList<BlockWeights> Blocks { get; }

    /// <summary>[d_model] scale of the final norm.</summary>
    public float[] FinalNorm { get; }

    /// <summary>[d_model] or null.</summary>
    public float[]? FinalNormBias { get; }

    /// <summary>[vocabulary × d_model]; the same object as <see cref="Embedding"/> where they are tied.</summary>
    public Matrix Unembedding { get; }

    /// <summary>Every array once, in a fixed order that is the same for all models of one configuration.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>
    /// Random weights to begin training from: matrices and embeddings normal with deviation 0.02, the two matrices of each block that write to the
    /// residual stream smaller by √(2 · layers), norms 1, biases 0.
    /// </summary>
    public static LanguageModelWeights Random(LanguageModelConfig config, ulong seed)
    {
        var weights = new LanguageModelWeights(config);
        const float Deviation = 0.02f;
        for (int i = 0; i < weights.Parameters.Count; i++)
        {
            var parameter = weights.Parameters[i];
            if (parameter.Name.EndsWith("norm.weight", StringComparison.Ordinal))
            {
                parameter.Values.Fill(1);
            }
            else if (parameter.Name.EndsWith(".weight", StringComparison.Ordinal))
            {
                bool writesResidual = parameter.Name.EndsWith("_out.weight", StringComparison.Ordinal);
                float deviation = writesResidual ? Deviation / MathF.Sqrt(2f * weights.Config.LayerCount) : Deviation;
                new Philox(seed, "language-model.init", (ulong)i).FillGaussian(parameter.Values.AsSpan(), deviation);
            }
        }

        return weights;
    }

    /// <summary>Sets every number to zero, as gradients are before a backward pass.</summary>
    public void Clear() => Workers.For(Parameters.Count, i => Parameters[i].Values.Fill(0));

    internal static Matrix? AsRow(float[]? vector) => vector == null ? null : new Matrix(1, vector.Length, vector);

    private IEnumerable<Parameter> ListParameters()
    {
        yield return new Parameter("embedding.weight", Embedding, false);
        if (Positions != null)
        {
            yield return new Parameter("positions.weight", Positions, false);
        }

        for (int layer = 0; layer < Blocks.Count; layer++)
        {
            foreach (var parameter in Blocks[layer].Parameters($"blocks.{layer}."))
            {
                yield return parameter;
            }
        }

        yield return new Parameter("final_norm.weight", AsRow(FinalNorm)!, false);
        if (FinalNormBias != null)
        {
            yield return new Parameter("final_norm.bias", AsRow(FinalNormBias)!, false);
        }

        if (!ReferenceEquals(Unembedding, Embedding))
        {
            yield return new Parameter("unembedding.weight", Unembedding, false);
        }
    }
}

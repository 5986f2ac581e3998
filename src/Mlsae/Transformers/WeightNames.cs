using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>How a tensor of a file lies in relation to ours.</summary>
internal enum WeightLayout
{
    /// <summary>[outputs × inputs], as ours.</summary>
    Plain,

    /// <summary>[inputs × outputs]: GPT-2's Conv1D.</summary>
    Transposed,

    /// <summary>Rows ordered by head, then query/key/value, then dimension: GPT-NeoX. Ours: query/key/value, then head.</summary>
    InterleavedHeads,
}

/// <summary>One tensor of a Hugging Face file and the matrix, or vector as one row, that it belongs to.</summary>
internal sealed record NamedWeight(string Name, Matrix Values, WeightLayout Layout, bool IsVector)
{
    public long[] Shape => IsVector ? [Values.Columns] : Layout == WeightLayout.Transposed ? [Values.Columns, Values.Rows] : [Values.Rows, Values.Columns];
}

/// <summary>The names and layouts of Hugging Face's files for each architecture.</summary>
internal static class WeightNames
{
    /// <summary>Buffers that some versions saved with the weights; they follow from the configuration.</summary>
    private static readonly string[] Buffers =
        [".attn.bias", ".attn.masked_bias", ".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"];

    public static bool IsBuffer(string name) => Buffers.Any(b => name.EndsWith(b, StringComparison.Ordinal));

    /// <summary>The prefix of names within the model, as its own writer gives them.</summary>
    public static string Prefix(Architecture architecture) => architecture switch
    {
        Architecture.GptNeoX => "gpt_neox.",
        Architecture.Gpt2 => "transformer.",
        _ => "model.",
    };

    /// <summary>The name of the unembedding, which has no prefix.</summary>
    public static string Unembedding(Architecture architecture) => architecture == Architecture.GptNeoX ? "embed_out.weight" : "lm_head.weight";

    /// <summary>The name of the token embedding, without prefix.</summary>
    public static string Embedding(Architecture architecture) => architecture switch
    {
        Architecture.GptNeoX => "embed_in.weight",
        Architecture.Gpt2 => "wte.weight",
        _ => "embed_tokens.weight",
    };

    /// <summary>Every tensor of a file with these weights.</summary>
    public static IEnumerable<NamedWeight> All(LanguageModelWeights weights, string prefix)
    {
        var architecture = weights.Config.Architecture;
        string finalNorm = architecture switch
        {
            Architecture.GptNeoX => "final_layer_norm",
            Architecture.Gpt2 => "ln_f",
            _ => "norm",
        };
        var all = new List<NamedWeight?> { Plain(prefix + Embedding(architecture), weights.Embedding), Plain(prefix + "wpe.weight", weights.Positions) };
        for (int layer = 0; layer < weights.Blocks.Count; layer++)
        {
            var block = weights.Blocks[layer];
            all.AddRange(architecture switch
            {
                Architecture.GptNeoX => GptNeoX(block, $"{prefix}layers.{layer}."),
                Architecture.Gpt2 => Gpt2(block, $"{prefix}h.{layer}."),
                _ => Llama(block, $"{prefix}layers.{layer}.", weights.Config),
            });
        }

        all.Add(Vector(prefix + finalNorm + ".weight", weights.FinalNorm));
        all.Add(Vector(prefix + finalNorm + ".bias", weights.FinalNormBias));
        all.Add(weights.Config.TiedEmbeddings ? null : Plain(Unembedding(architecture), weights.Unembedding));
        return all.OfType<NamedWeight>();
    }

    private static NamedWeight?[] GptNeoX(BlockWeights block, string p) =>
    [
        Vector(p + "input_layernorm.weight", block.AttentionNorm),
        Vector(p + "input_layernorm.bias", block.AttentionNormBias),
        new NamedWeight(p + "attention.query_key_value.weight", block.QueryKeyValue, WeightLayout.InterleavedHeads, false),
        block.QueryKeyValueBias == null
            ? null
            : new NamedWeight(p + "attention.query_key_value.bias", LanguageModelWeights.AsRow(block.QueryKeyValueBias)!, WeightLayout.InterleavedHeads, true),
        Plain(p + "attention.dense.weight", block.AttentionOut),
        Vector(p + "attention.dense.bias", block.AttentionOutBias),
        Vector(p + "post_attention_layernorm.weight", block.MlpNorm),
        Vector(p + "post_attention_layernorm.bias", block.MlpNormBias),
        Plain(p + "mlp.dense_h_to_4h.weight", block.MlpIn),
        Vector(p + "mlp.dense_h_to_4h.bias", block.MlpInBias),
        Plain(p + "mlp.dense_4h_to_h.weight", block.MlpOut),
        Vector(p + "mlp.dense_4h_to_h.bias", block.MlpOutBias),
    ];

    private static NamedWeight?[] Gpt2(BlockWeights block, string p) =>
    [
        Vector(p + "ln_1.weight", block.AttentionNorm),
        Vector(p + "ln_1.bias", block.AttentionNormBias),
        Transposed(p + "attn.c_attn.weight", block.QueryKeyValue),
        Vector(p + "attn.c_attn.bias", block.QueryKeyValueBias),
        Transposed(p + "attn.c_proj.weight", block.AttentionOut),
        Vector(p + "attn.c_proj.bias", block.AttentionOutBias),
        Vector(p + "ln_2.weight", block.MlpNorm),
        Vector(p + "ln_2.bias", block.MlpNormBias),
        Transposed(p + "mlp.c_fc.weight", block.MlpIn),
        Vector(p + "mlp.c_fc.bias", block.MlpInBias),
        Transposed(p + "mlp.c_proj.weight", block.MlpOut),
        Vector(p + "mlp.c_proj.bias", block.MlpOutBias),
    ];

    private static IEnumerable<NamedWeight?> Llama(BlockWeights block, string p, LanguageModelConfig config)
    {
        int q = config.QueryDim, kv = config.KeyValueDim;
        (string Name, int Start, int Count)[] parts = [("q_proj", 0, q), ("k_proj", q, kv), ("v_proj", q + kv, kv)];
        foreach (var (name, start, count) in parts)
        {
            yield return Plain($"{p}self_attn.{name}.weight", block.QueryKeyValue.RowWindow(start, count));
            yield return Vector($"{p}self_attn.{name}.bias", LanguageModelWeights.AsRow(block.QueryKeyValueBias)?.ColumnWindow(start, count));
        }

        yield return Vector(p + "input_layernorm.weight", block.AttentionNorm);
        yield return Plain(p + "self_attn.o_proj.weight", block.AttentionOut);
        yield return Vector(p + "self_attn.o_proj.bias", block.AttentionOutBias);
        yield return Vector(p + "post_attention_layernorm.weight", block.MlpNorm);
        yield return Plain(p + "mlp.gate_proj.weight", block.MlpIn);
        yield return Vector(p + "mlp.gate_proj.bias", block.MlpInBias);
        yield return Plain(p + "mlp.up_proj.weight", block.MlpUp);
        yield return Vector(p + "mlp.up_proj.bias", block.MlpUpBias);
        yield return Plain(p + "mlp.down_proj.weight", block.MlpOut);
        yield return Vector(p + "mlp.down_proj.bias", block.MlpOutBias);
    }

    private static NamedWeight? Plain(string name, Matrix? values) => values == null ? null : new NamedWeight(name, values, WeightLayout.Plain, false);

    private static NamedWeight Transposed(string name, Matrix values) => new(name, values, WeightLayout.Transposed, false);

    private static NamedWeight? Vector(string name, float[]? values) => Vector(name, LanguageModelWeights.AsRow(values));

    private static NamedWeight? Vector(string name, Matrix? values) => values == null ? null : new NamedWeight(name, values, WeightLayout.Plain, true);
}

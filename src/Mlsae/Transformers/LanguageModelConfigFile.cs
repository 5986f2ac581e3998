using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mlsae.Transformers;

/// <summary>Reads and writes the config.json of a Hugging Face model folder.</summary>
public static class LanguageModelConfigFile
{
    /// <summary>Reads a config.json of GPT-NeoX, GPT-2 or Llama.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no JSON object, a needed field is missing or of the wrong kind, or a setting is not supported; the message names path and field.</exception>
    public static LanguageModelConfig Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no model configuration {path}.", path);
        }

        using var document = Parse(path);
        var fields = new ConfigFields(path, document.RootElement);
        string type = fields.Text("model_type", fields.FirstText("architectures") ?? "");
        try
        {
            return (type switch
            {
                "gpt_neox" or "GPTNeoXForCausalLM" => GptNeoX(fields),
                "gpt2" or "GPT2LMHeadModel" => Gpt2(fields),
                "llama" or "LlamaForCausalLM" => Llama(fields),
                "" => throw fields.Bad("model_type", "is missing; gpt_neox, gpt2 and llama are supported"),
                _ => throw fields.Bad("model_type", $"is '{type}'; gpt_neox, gpt2 and llama are supported"),
            }).Validated();
        }
        catch (ArgumentOutOfRangeException e)
        {
            // Without the name of our parameter, which .NET adds and no reader of the file knows.
            throw new InvalidDataException($"{path}: {e.Message.Split(" (Parameter")[0]}", e);
        }
    }

    /// <summary>The text of a config.json that <see cref="Read"/>, and other readers of Hugging Face folders, understand.</summary>
    /// <param name="config">what to write</param>
    /// <param name="elementType">float16 or float32, the type that the weights are stored in</param>
    public static string Write(LanguageModelConfig config, string elementType = "float32")
    {
        config = config.Validated();
        var json = config.Architecture switch
        {
            Architecture.GptNeoX => GptNeoX(config),
            Architecture.Gpt2 => Gpt2(config),
            _ => Llama(config),
        };
        json["vocab_size"] = config.VocabularySize;
        json["tie_word_embeddings"] = config.TiedEmbeddings;
        json["torch_dtype"] = elementType;
        return json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }

    private static JsonDocument Parse(string path)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not valid JSON: {e.Message}", e);
        }

        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            document.Dispose();
            throw new InvalidDataException($"{path} is not a JSON object.");
        }

        return document;
    }

    private static LanguageModelConfig GptNeoX(ConfigFields fields)
    {
        fields.RefuseUnless("rope_scaling", JsonValueKind.Null);
        int modelDim = fields.Size("hidden_size"), heads = fields.Size("num_attention_heads");
        // Newer files gather what concerns the rotary embedding in rope_parameters.
        var rotary = fields.Object("rope_parameters");
        rotary?.RequireText("rope_type", "default");
        double share = rotary?.Number("partial_rotary_factor", null) ?? fields.Number("rotary_pct", 0.25);
        return new LanguageModelConfig
        {
            Architecture = Architecture.GptNeoX,
            LayerCount = fields.Size("num_hidden_layers"),
            ModelDim = modelDim,
            HeadCount = heads,
            MlpDim = fields.Size("intermediate_size"),
            VocabularySize = fields.Size("vocab_size"),
            ContextLength = fields.Size("max_position_embeddings"),
            NormEpsilon = (float)fields.Number("layer_norm_eps", 1e-5),
            Activation = fields.Activation("hidden_act"),
            // A share that was written as dims / head width may come back a rounding error too small.
            RotaryDims = (int)(modelDim / heads * share + 1e-6),
            RotaryBase = (float)(rotary?.Number("rope_theta", null) ?? fields.Number("rotary_emb_base", 10000)),
            ParallelResidual = fields.Flag("use_parallel_residual", true),
            AttentionBias = fields.Flag("attention_bias", true),
            TiedEmbeddings = fields.Flag("tie_word_embeddings", false),
        };
    }

    private static LanguageModelConfig Gpt2(ConfigFields fields)
    {
        fields.RefuseUnless("scale_attn_by_inverse_layer_idx", JsonValueKind.False);
        fields.RefuseUnless("scale_attn_weights", JsonValueKind.True);
        fields.RefuseUnless("add_cross_attention", JsonValueKind.False);
        int modelDim = fields.Size("n_embd");
        return new LanguageModelConfig
        {
            Architecture = Architecture.Gpt2,
            LayerCount = fields.Size("n_layer"),
            ModelDim = modelDim,
            HeadCount = fields.Size("n_head"),
            MlpDim = fields.IsMissing("n_inner") ? checked(4 * modelDim) : fields.Size("n_inner"),
            VocabularySize = fields.Size("vocab_size"),
            ContextLength = fields.Size("n_positions"),
            NormEpsilon = (float)fields.Number("layer_norm_epsilon", 1e-5),
            Activation = fields.Activation("activation_function"),
            LearnedPositions = true,
            TiedEmbeddings = fields.Flag("tie_word_embeddings", true),
        };
    }

    private static LanguageModelConfig Llama(ConfigFields fields)
    {
        fields.RefuseUnless("rope_scaling", JsonValueKind.Null);
        fields.RequireText("hidden_act", "silu");
        var rotary = fields.Object("rope_parameters");
        rotary?.RequireText("rope_type", "default");
        int modelDim = fields.Size("hidden_size"), heads = fields.Size("num_attention_heads");
        int headDim = fields.IsMissing("head_dim") ? modelDim / heads : fields.Size("head_dim");
        return new LanguageModelConfig
        {
            Architecture = Architecture.Llama,
            LayerCount = fields.Size("num_hidden_layers"),
            ModelDim = modelDim,
            HeadCount = heads,
            KeyValueHeadCount = fields.IsMissing("num_key_value_heads") ? heads : fields.Size("num_key_value_heads"),
            HeadDim = headDim,
            MlpDim = fields.Size("intermediate_size"),
            VocabularySize = fields.Size("vocab_size"),
            ContextLength = fields.Size("max_position_embeddings"),
            Norm = NormKind.RmsNorm,
            NormEpsilon = (float)fields.Number("rms_norm_eps", 1e-6),
            Activation = ActivationKind.GatedSilu,
            RotaryDims = headDim,
            RotaryBase = (float)(rotary?.Number("rope_theta", null) ?? fields.Number("rope_theta", 10000)),
            AttentionBias = fields.Flag("attention_bias", false),
            MlpBias = fields.Flag("mlp_bias", false),
            TiedEmbeddings = fields.Flag("tie_word_embeddings", false),
        };
    }

    private static JsonObject GptNeoX(LanguageModelConfig config) => new()
    {
        ["architectures"] = new JsonArray("GPTNeoXForCausalLM"),
        ["model_type"] = "gpt_neox",
        ["hidden_size"] = config.ModelDim,
        ["num_hidden_layers"] = config.LayerCount,
        ["num_attention_heads"] = config.HeadCount,
        ["intermediate_size"] = config.MlpDim,
        ["max_position_embeddings"] = config.ContextLength,
        ["hidden_act"] = ConfigFields.Name(config.Activation),
        ["layer_norm_eps"] = Shortest(config.NormEpsilon),
        ["rotary_pct"] = (double)config.RotaryDims / config.HeadDim,
        ["rotary_emb_base"] = Shortest(config.RotaryBase),
        ["use_parallel_residual"] = config.ParallelResidual,
        ["attention_bias"] = config.AttentionBias,
    };

    private static JsonObject Gpt2(LanguageModelConfig config) => new()
    {
        ["architectures"] = new JsonArray("GPT2LMHeadModel"),
        ["model_type"] = "gpt2",
        ["n_embd"] = config.ModelDim,
        ["n_layer"] = config.LayerCount,
        ["n_head"] = config.HeadCount,
        ["n_inner"] = config.MlpDim,
        ["n_positions"] = config.ContextLength,
        ["n_ctx"] = config.ContextLength,
        ["activation_function"] = ConfigFields.Name(config.Activation),
        ["layer_norm_epsilon"] = Shortest(config.NormEpsilon),
    };

    private static JsonObject Llama(LanguageModelConfig config) => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = "llama",
        ["hidden_size"] = config.ModelDim,
        ["num_hidden_layers"] = config.LayerCount,
        ["num_attention_heads"] = config.HeadCount,
        ["num_key_value_heads"] = config.KeyValueHeadCount,
        ["head_dim"] = config.HeadDim,
        ["intermediate_size"] = config.MlpDim,
        ["max_position_embeddings"] = config.ContextLength,
        ["hidden_act"] = "silu",
        ["rms_norm_eps"] = Shortest(config.NormEpsilon),
        ["rope_theta"] = Shortest(config.RotaryBase),
        ["rope_scaling"] = null,
        ["attention_bias"] = config.AttentionBias,
        ["mlp_bias"] = config.MlpBias,
    };

    /// <summary>The double whose decimal form is the float's, so that 1e-5f is written 1E-05 and not 9.99999974737875E-06.</summary>
    private static double Shortest(float value) =>
        double.Parse(value.ToString("R", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}

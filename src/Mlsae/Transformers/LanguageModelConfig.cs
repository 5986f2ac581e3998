namespace Mlsae.Transformers;

/// <summary>The families of decoder-only transformers, by the layout of their files.</summary>
public enum Architecture
{
    /// <summary>GPT-NeoX: Pythia and this project's own models.</summary>
    GptNeoX,

    /// <summary>GPT-2.</summary>
    Gpt2,

    /// <summary>Llama.</summary>
    Llama,
}

/// <summary>The normalisation before attention, before the MLP and at the end.</summary>
public enum NormKind
{
    /// <summary>(x − mean) / deviation · weight + bias.</summary>
    LayerNorm,

    /// <summary>x / root mean square · weight.</summary>
    RmsNorm,
}

/// <summary>The activation function of the MLP.</summary>
public enum ActivationKind
{
    /// <summary>Exact GELU: x·Φ(x).</summary>
    Gelu,

    /// <summary>GELU in the hyperbolic-tangent approximation.</summary>
    GeluTanh,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>silu(gate) · up, with two input matrices.</summary>
    GatedSilu,
}

/// <summary>Everything that makes one decoder-only transformer differ from another in shape and formula.</summary>
public sealed record LanguageModelConfig
{
    /// <summary>The family, which decides names and layout of the weights on disk.</summary>
    public Architecture Architecture { get; init; } = Architecture.GptNeoX;

    /// <summary>Number of blocks.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Width of the residual stream, d_model.</summary>
    public required int ModelDim { get; init; }

    /// <summary>Attention heads of each block.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Heads that keys and values have; query head j reads key/value head j / (HeadCount / KeyValueHeadCount). 0 stands for HeadCount.</summary>
    public int KeyValueHeadCount { get; init; }

    /// <summary>Width of a head; 0 stands for ModelDim / HeadCount.</summary>
    public int HeadDim { get; init; }

    /// <summary>Neurons of each MLP, d_mlp.</summary>
    public required int MlpDim { get; init; }

    /// <summary>Number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The most positions a sequence may have, in tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary>What the norms compute.</summary>
    public NormKind Norm { get; init; } = NormKind.LayerNorm;

    /// <summary>Added to the variance (LayerNorm) or mean square (RMSNorm).</summary>
    public float NormEpsilon { get; init; } = 1e-5f;

    /// <summary>What the MLP's neurons compute.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.Gelu;

    /// <summary>How many leading dimensions of each head the rotary embedding turns; 0 for none.</summary>
    public int RotaryDims { get; init; }

    /// <summary>Base of the rotary wavelengths.</summary>
    public float RotaryBase { get; init; } = 10000;

    /// <summary>Whether a learned vector for each position is added to the embedding.</summary>
    public bool LearnedPositions { get; init; }

    /// <summary>Whether attention and MLP both read the block's input (x + attn(norm1 x) + mlp(norm2 x)) instead of following each other.</summary>
    public bool ParallelResidual { get; init; }

    /// <summary>Whether the attention's matrices have biases.</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>Whether the MLP's matrices have biases.</summary>
    public bool MlpBias { get; init; } = true;

    /// <summary>Whether the unembedding is the embedding.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>Width of all query heads together.</summary>
    public int QueryDim => HeadCount * HeadDim;

    /// <summary>Width of all key (or value) heads together.</summary>
    public int KeyValueDim => KeyValueHeadCount * HeadDim;

    /// <summary>Number of weights.</summary>
    public long ParameterCount
    {
        get
        {
            long norm = Norm == NormKind.LayerNorm ? 2L * ModelDim : ModelDim;
            long attention = (long)(QueryDim + 2 * KeyValueDim) * (ModelDim + (AttentionBias ? 1 : 0))
                + (long)ModelDim * (QueryDim + (AttentionBias ? 1 : 0));
            long inputs = Activation == ActivationKind.GatedSilu ? 2 : 1;
            long mlp = inputs * MlpDim * (ModelDim + (MlpBias ? 1 : 0)) + (long)ModelDim * (MlpDim + (MlpBias ? 1 : 0));
            long embeddings = (long)VocabularySize * ModelDim * (TiedEmbeddings ? 1 : 2) + (LearnedPositions ? (long)ContextLength * ModelDim : 0);
            return LayerCount * (2 * norm + attention + mlp) + norm + embeddings;
        }
    }

    /// <summary>A GPT-NeoX model with rotary embedding on a quarter of each head, the family of Pythia.</summary>
    public static LanguageModelConfig GptNeoX(int layerCount, int modelDim, int headCount, int mlpDim, int vocabularySize, int contextLength) => new LanguageModelConfig
    {
        LayerCount = layerCount,
        ModelDim = modelDim,
        HeadCount = headCount,
        MlpDim = mlpDim,
        VocabularySize = vocabularySize,
        ContextLength = contextLength,
        ParallelResidual = true,
        RotaryDims = headCount > 0 ? modelDim / headCount / 4 / 2 * 2 : 0,
    }.Validated();

    /// <summary>This configuration with derived sizes filled in.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or sizes do not fit each other.</exception>
    public LanguageModelConfig Validated()
    {
        Positive(LayerCount, nameof(LayerCount));
        Positive(ModelDim, nameof(ModelDim));
        Positive(HeadCount, nameof(HeadCount));
        Positive(MlpDim, nameof(MlpDim));
        Positive(VocabularySize, nameof(VocabularySize));
        Positive(ContextLength, nameof(ContextLength));
        Check(HeadDim > 0 || (HeadDim == 0 && ModelDim % HeadCount == 0), nameof(ModelDim), $"ModelDim {ModelDim} is not a multiple of HeadCount {HeadCount}.");
        var config = this with
        {
            HeadDim = HeadDim == 0 ? ModelDim / HeadCount : HeadDim,
            KeyValueHeadCount = KeyValueHeadCount == 0 ? HeadCount : KeyValueHeadCount,
        };
        Check(config.KeyValueHeadCount > 0 && HeadCount % config.KeyValueHeadCount == 0, nameof(KeyValueHeadCount),
            $"HeadCount {HeadCount} is not a multiple of KeyValueHeadCount {KeyValueHeadCount}.");
        Check(RotaryDims >= 0 && RotaryDims <= config.HeadDim && RotaryDims % 2 == 0, nameof(RotaryDims),
            $"RotaryDims {RotaryDims} is not an even number between 0 and HeadDim {config.HeadDim}.");
        Check(RotaryBase > 0 && float.IsFinite(RotaryBase), nameof(RotaryBase), $"RotaryBase {RotaryBase} is not a positive number.");
        Check(NormEpsilon > 0 && float.IsFinite(NormEpsilon), nameof(NormEpsilon), $"NormEpsilon {NormEpsilon} is not a positive number.");
        config.CheckAgainstArchitecture();
        return config;
    }

    /// <summary>What the family's files cannot say must not be asked for, or a saved model would come back as another.</summary>
    private void CheckAgainstArchitecture()
    {
        bool neoX = Architecture == Architecture.GptNeoX, llama = Architecture == Architecture.Llama;
        Check(llama == (Norm == NormKind.RmsNorm), nameof(Norm), $"{Architecture} models do not have {Norm}.");
        Check(llama == (Activation == ActivationKind.GatedSilu), nameof(Activation), $"{Architecture} models do not have the activation {Activation}.");
        Check(LearnedPositions == (Architecture == Architecture.Gpt2), nameof(LearnedPositions), $"LearnedPositions {LearnedPositions} does not fit {Architecture}.");
        Check(neoX || !ParallelResidual, nameof(ParallelResidual), $"{Architecture} models have no parallel residual.");
        Check(llama || KeyValueHeadCount == HeadCount, nameof(KeyValueHeadCount), $"{Architecture} models have a key/value head for each head.");
        Check(llama || HeadDim * HeadCount == ModelDim, nameof(HeadDim), $"In {Architecture} models HeadDim · HeadCount is ModelDim.");
        Check(Architecture != Architecture.Gpt2 || RotaryDims == 0, nameof(RotaryDims), "Gpt2 models have no rotary embedding.");
        Check(!llama || RotaryDims == HeadDim, nameof(RotaryDims), "In Llama models the rotary embedding covers the whole head.");
        Check(llama || MlpBias, nameof(MlpBias), $"The MLPs of {Architecture} models have biases.");
        Check(Architecture != Architecture.Gpt2 || AttentionBias, nameof(AttentionBias), "The attention of Gpt2 models has biases.");
    }

    private static void Positive(int value, string name) => Check(value > 0, name, $"{name} is {value}; it must be positive.");

    private static void Check(bool condition, string name, string sentence)
    {
        if (!condition)
        {
            throw new ArgumentOutOfRangeException(name, sentence);
        }
    }
}

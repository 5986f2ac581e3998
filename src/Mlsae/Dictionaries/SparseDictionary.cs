using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>The parameters of a dictionary of any kind, and what is done with them once it is trained. Kinds differ in how they encode. Safe to use from several threads at once.</summary>
/// <remarks>xs = standardise(x); a = Encoder·(xs − PreBias) + EncoderBias; z = the kind's choice among a; x̂ = un-standardise(zᵀ·Decoder + PreBias).</remarks>
public abstract partial class SparseDictionary
{
    private const int RowBlock = 16;

    /// <summary>A dictionary of given parameters, which are not copied.</summary>
    /// <param name="config">sizes and how vectors are encoded</param>
    /// <param name="encoder">[n_latents × d_model]</param>
    /// <param name="decoder">[n_latents × d_model]</param>
    /// <param name="preBias">[d_model]</param>
    /// <param name="encoderBias">[n_latents], or null for none</param>
    /// <exception cref="ArgumentException">The configuration is not valid or the sizes do not fit it.</exception>
    private protected SparseDictionary(DictionaryConfig config, Matrix encoder, Matrix decoder, float[] preBias, float[]? encoderBias)
    {
        Config = config.Validated();
        Require.Equal(encoder.Rows, config.LatentCount);
        Require.Equal(encoder.Columns, config.ModelDim);
        Require.Equal(decoder.Rows, config.LatentCount);
        Require.Equal(decoder.Columns, config.ModelDim);
        Require.Equal(preBias.Length, config.ModelDim);
        Require.Equal(encoderBias?.Length ?? config.LatentCount, config.LatentCount);
        (Encoder, Decoder, PreBias, EncoderBias) = (encoder, decoder, preBias, encoderBias);
    }

    /// <summary>Sizes and how vectors are encoded.</summary>
    public DictionaryConfig Config { get; }

    /// <summary>What it was trained on.</summary>
    public DictionaryOrigin Origin { get; init; } = new();

    /// <summary>[n_latents × d_model] Row i gives latent i's pre-activation.</summary>
    public Matrix Encoder { get; }

    /// <summary>[n_latents × d_model] Row i is the direction that latent i adds to a reconstruction. Not always of norm 1: Published training leaves it near 1.</summary>
    public Matrix Decoder { get; }

    /// <summary>[d_model] Subtracted before encoding, added after decoding, in standardised units.</summary>
    public float[] PreBias { get; }

    /// <summary>[n_latents] Added to pre-activations; null for none.</summary>
    public float[]? EncoderBias { get; }

    /// <summary>Width of the vectors, d_model; of a crosscoder L·d_model.</summary>
    public int ModelDim => Config.ModelDim;

    /// <summary>Dictionary size, n_latents.</summary>
    public int LatentCount => Config.LatentCount;

    /// <summary>How many numbers were trained.</summary>
    public virtual long ParameterCount =>
        (Config is TiedReluConfig ? 1L : 2L) * LatentCount * ModelDim + (Config.PreBias == PreBiasStart.None ? 0 : ModelDim) + (EncoderBias?.Length ?? 0);

    /// <summary>The same parameters with another origin.</summary>
    public abstract SparseDictionary WithOrigin(DictionaryOrigin origin);

    /// <summary>The codes of the rows of <paramref name="x"/>: values ≥ 0, where 0 means not active.</summary>
    /// <param name="x">[N × d_model] as the transformer has them</param>
    /// <returns>N rows; of TopK descending by value, otherwise ascending by latent</returns>
    /// <exception cref="ArgumentException">The width is not <see cref="ModelDim"/>.</exception>
    public abstract SparseRows Encode(Matrix x);

    /// <summary>What <paramref name="codes"/> stand for, in the units of <paramref name="x"/>.</summary>
    /// <param name="codes">[N rows] codes of the rows of <paramref name="x"/>, perhaps edited</param>
    /// <param name="x">[N × d_model] the vectors that were encoded: a standardising dictionary takes their mean and scale</param>
    /// <param name="reconstruction">[N × d_model] Overwritten. May be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public void Decode(SparseRows codes, Matrix x, Matrix reconstruction)
    {
        Require.Equal(codes.Rows, x.Rows);
        Require.Equal(x.Columns, ModelDim);
        Require.Equal(reconstruction.Rows, x.Rows);
        Require.Equal(reconstruction.Columns, x.Columns);
        int width = ModelDim / Config.Parts;
        Workers.ForBlocks(x.Rows, RowBlock, (start, end) =>
        {
            var scratch = new float[width];
            var scales = new (float Mean, float Scale)[Config.Parts];
            for (int row = start; row < end; row++)
            {
                // Before anything is written: the reconstruction may be x itself.
                for (int part = 0; part < Config.Parts; part++)
                {
                    scales[part] = Config.Standardize ? Kernels.Standardize(x.Row(row).Slice(part * width, width), scratch) : (0, 1);
                }

                Kernels.SparseDecodeRow(codes.RowIndices(row), codes.RowValues(row), Decoder, PreBias, reconstruction.Row(row));
                for (int part = 0; part < Config.Parts; part++)
                {
                    var values = reconstruction.Row(row).Slice(part * width, width);
                    Kernels.Scale(values, scales[part].Scale);
                    Kernels.AddConstant(values, scales[part].Mean, values);
                }
            }
        });
    }

    /// <summary>Encodes and decodes.</summary>
    /// <param name="x">[N × d_model]</param>
    /// <param name="reconstruction">[N × d_model] Overwritten. May be <paramref name="x"/>.</param>
    /// <returns>the codes, as <see cref="Encode"/> gives them</returns>
    public SparseRows Reconstruct(Matrix x, Matrix reconstruction)
    {
        var codes = Encode(x);
        Decode(codes, x, reconstruction);
        return codes;
    }

    /// <summary>What the encoder multiplies: standardised, less the pre-bias.</summary>
    /// <param name="x">[N × d_model]</param>
    /// <returns>[N × d_model]</returns>
    private protected Matrix Centered(Matrix x)
    {
        var input = Standardized(x);
        Workers.ForBlocks(x.Rows, RowBlock, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                Kernels.AddScaled(PreBias, -1, input.Row(row));
            }
        });
        return input;
    }

    /// <summary>Vectors in the dictionary's units: each part standardised, where it standardises.</summary>
    /// <param name="x">[N × d_model]</param>
    /// <returns>[N × d_model]</returns>
    internal Matrix Standardized(Matrix x)
    {
        Require.Equal(x.Columns, ModelDim);
        var standardized = x.Copy();
        if (Config.Standardize)
        {
            var parts = standardized.Reshape(x.Rows * Config.Parts, ModelDim / Config.Parts);
            Workers.ForBlocks(parts.Rows, RowBlock, (start, end) =>
            {
                for (int part = start; part < end; part++)
                {
                    Kernels.Standardize(parts.Row(part), parts.Row(part));
                }
            });
        }

        return standardized;
    }
}

using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>A TopK dictionary's parameters and what is done with them once it is trained.</summary>
/// <remarks>xs = standardise(x); a = Encoder·(xs − PreBias); z = ReLU of the k largest a; x̂ = un-standardise(zᵀ·Decoder + PreBias). Gao et al. 2024, Lawson et al. 2024.</remarks>
public sealed partial class TopKDictionary : IDictionary
{
    private const int RowBlock = 16;

    /// <summary>A dictionary of given parameters, which are not copied.</summary>
    /// <param name="config">sizes and how vectors are encoded</param>
    /// <param name="encoder">[n_latents × d_model]</param>
    /// <param name="decoder">[n_latents × d_model]</param>
    /// <param name="preBias">[d_model]</param>
    /// <param name="origin">what it was trained on; null for unknown</param>
    /// <exception cref="ArgumentException">The configuration is not valid or the sizes do not fit it.</exception>
    public TopKDictionary(TopKConfig config, Matrix encoder, Matrix decoder, float[] preBias, DictionaryOrigin? origin = null)
    {
        Config = config.Validated();
        Require.Equal(encoder.Rows, config.LatentCount);
        Require.Equal(encoder.Columns, config.ModelDim);
        Require.Equal(decoder.Rows, config.LatentCount);
        Require.Equal(decoder.Columns, config.ModelDim);
        Require.Equal(preBias.Length, config.ModelDim);
        Encoder = encoder;
        Decoder = decoder;
        PreBias = preBias;
        Origin = origin ?? new DictionaryOrigin();
    }

    /// <summary>Sizes and how vectors are encoded.</summary>
    public TopKConfig Config { get; }

    /// <summary>What it was trained on.</summary>
    public DictionaryOrigin Origin { get; }

    /// <summary>[n_latents × d_model] Row i gives latent i's pre-activation.</summary>
    public Matrix Encoder { get; }

    /// <summary>[n_latents × d_model] Row i is latent i's direction.</summary>
    public Matrix Decoder { get; }

    /// <summary>[d_model] Subtracted before encoding, added after decoding, in standardised units.</summary>
    public float[] PreBias { get; }

    /// <inheritdoc/>
    public int ModelDim => Config.ModelDim;

    /// <inheritdoc/>
    public int LatentCount => Config.LatentCount;

    /// <inheritdoc/>
    public Matrix Directions => Decoder;

    /// <summary>The same parameters with another origin.</summary>
    public TopKDictionary WithOrigin(DictionaryOrigin origin) => new(Config, Encoder, Decoder, PreBias, origin);

    /// <inheritdoc/>
    public SparseRows Encode(Matrix x)
    {
        Require.Equal(x.Columns, ModelDim);
        var input = new Matrix(x.Rows, x.Columns);
        Workers.ForBlocks(x.Rows, RowBlock, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                Center(x.Row(row), input.Row(row));
            }
        });
        var codes = new SparseRows(x.Rows, Config.K);
        Kernels.EncodeTopK(input, Encoder, null, codes);
        ApplyRelu(codes);
        return codes;
    }

    /// <inheritdoc/>
    public void Decode(SparseRows codes, Matrix x, Matrix reconstruction)
    {
        Require.Equal(codes.Rows, x.Rows);
        Require.Equal(x.Columns, ModelDim);
        Require.Equal(reconstruction.Rows, x.Rows);
        Require.Equal(reconstruction.Columns, x.Columns);
        Workers.ForBlocks(x.Rows, RowBlock, (start, end) =>
        {
            var scratch = new float[ModelDim];
            for (int row = start; row < end; row++)
            {
                var (mean, scale) = Config.Standardize ? Kernels.Standardize(x.Row(row), scratch) : (0, 1);
                Kernels.SparseDecodeRow(codes.RowIndices(row), codes.RowValues(row), Decoder, PreBias, reconstruction.Row(row));
                Kernels.Scale(reconstruction.Row(row), scale);
                Kernels.AddConstant(reconstruction.Row(row), mean, reconstruction.Row(row));
            }
        });
    }

    /// <inheritdoc/>
    public SparseRows Reconstruct(Matrix x, Matrix reconstruction)
    {
        var codes = Encode(x);
        Decode(codes, x, reconstruction);
        return codes;
    }

    private void Center(ReadOnlySpan<float> x, Span<float> input)
    {
        if (Config.Standardize)
        {
            Kernels.Standardize(x, input);
        }
        else
        {
            x.CopyTo(input);
        }

        Kernels.AddScaled(PreBias, -1, input);
    }

    /// <summary>max(value, 0), NaN kept.</summary>
    internal static void ApplyRelu(SparseRows codes)
    {
        foreach (ref float value in codes.Values.AsSpan())
        {
            value = value <= 0 ? 0 : value;
        }
    }
}

using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>Trains a dictionary with ReLU and L1: z = ReLU(W_e (x − b) + b_e); the loss is the error's plus λ times the mean over vectors of Σz. Bricken et al. 2023.</summary>
/// <remarks>Decoder rows have norm 1 and their gradients lose the part along them, so that the L1 term cannot be lowered by moving norm from codes to the decoder.</remarks>
public class CpuReluEngine : CpuSparsityEngine
{
    /// <summary>An engine with fresh parameters.</summary>
    /// <param name="config">what to train</param>
    /// <param name="layerCount">vectors of each token, L; 1 for a crosscoder</param>
    /// <exception cref="ArgumentException">A value of the configuration is out of range.</exception>
    public CpuReluEngine(ReluConfig config, int layerCount)
        : this((SparsityConfig)config, layerCount)
    {
    }

    /// <summary>For kinds whose rows are made otherwise.</summary>
    private protected CpuReluEngine(SparsityConfig config, int layerCount)
        : base(config, layerCount)
    {
    }

    /// <inheritdoc/>
    private protected override SparseDictionary Dictionary(bool copy) => Dictionary(copy, EncoderRows, Zeros);

    /// <inheritdoc/>
    private protected override void Encode() => Kernels.EncodeAbove(Buffers.Input, EncoderRows, EncoderBias, Zeros, Codes);

    /// <inheritdoc/>
    private protected override float GatherGradients(int latent, LatentGradients rows) => Kernels.AddLatentGradients(
        MainIndex, latent, Buffers.Gradient, Buffers.Input, Parameters.Decoder.Row(latent), rows, (float)SparsityWeight);
}

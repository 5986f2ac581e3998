using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>Trains a tied dictionary with ReLU and L1: z = ReLU(U x + b), x̂ = Uᵀz, where row i of U is E_i / max(‖E_i‖, 1e-8). Cunningham et al. 2023.</summary>
/// <remarks>E, which Adam moves, is kept as the encoder and U as the decoder. The gradient goes through the division; rows of E are never normalised themselves.</remarks>
public sealed class CpuTiedReluEngine : CpuReluEngine
{
    private const float LeastNorm = 1e-8f;

    /// <summary>An engine with fresh parameters.</summary>
    /// <param name="config">what to train</param>
    /// <param name="layerCount">vectors of each token, L; 1 for a crosscoder</param>
    /// <exception cref="ArgumentException">A value of the configuration is out of range.</exception>
    public CpuTiedReluEngine(TiedReluConfig config, int layerCount)
        : base(config, layerCount)
    {
    }

    /// <summary>U.</summary>
    private protected override Matrix EncoderRows => Parameters.Decoder;

    /// <summary>Takes the dictionary's encoder as E, of any norm.</summary>
    private protected override void ImportPerLatent(SparseDictionary dictionary)
    {
        base.ImportPerLatent(dictionary);
        for (int latent = 0; latent < Config.LatentCount; latent++)
        {
            Normalize(latent);
        }
    }

    /// <summary>Of both uses of U the gradient by E, which alone is moved.</summary>
    private protected override void FinishGradients(int latent, LatentGradients rows)
    {
        Span<float> u = Parameters.Decoder.Row(latent), gradient = rows.Encoder;
        Kernels.AddScaled(rows.Decoder, 1, gradient);
        rows.Decoder.Clear();
        float norm = MathF.Sqrt(Kernels.SumOfSquares(Parameters.Encoder.Row(latent)));
        if (norm > LeastNorm)
        {
            // ∂U/∂E = (I − uuᵀ) / ‖E‖
            Kernels.ProjectRow(u, gradient);
        }

        Kernels.Scale(gradient, 1 / MathF.Max(norm, LeastNorm));
    }

    /// <inheritdoc/>
    private protected override void UpdateLatent(int latent, LatentGradients rows)
    {
        var p = Parameters;
        Kernels.AdamRow(rows.Encoder, Adam, p.Encoder.Row(latent), p.EncoderFirstMoment.Row(latent), p.EncoderSecondMoment.Row(latent));
        Normalize(latent);
        UpdatePerLatent(latent);
    }

    private void Normalize(int latent)
    {
        Span<float> e = Parameters.Encoder.Row(latent), u = Parameters.Decoder.Row(latent);
        e.CopyTo(u);
        Kernels.Scale(u, 1 / MathF.Max(MathF.Sqrt(Kernels.SumOfSquares(e)), LeastNorm));
    }
}

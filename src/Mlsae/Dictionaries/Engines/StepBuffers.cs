using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>What a training step writes on its way, for batches of one size. Made once and reused.</summary>
/// <remarks>A crosscoder's vector has several layers side by side; "parts" are the same storage seen with one layer a row.</remarks>
internal sealed class StepBuffers
{
    public StepBuffers(DictionaryConfig config, int rows)
    {
        int width = config.ModelDim, parts = rows * config.Parts;
        Rows = rows;
        Input = Matrix.Aligned(rows, width);
        InputParts = Input.Reshape(parts, width / config.Parts);
        Reconstruction = Matrix.Aligned(rows, width);
        ReconstructionParts = Reconstruction.Reshape(parts, width / config.Parts);
        Gradient = Matrix.Aligned(rows, width);
        GradientParts = Gradient.Reshape(parts, width / config.Parts);
        Mean = new float[parts];
        Scale = new float[parts];
        Errors = new double[parts];
    }

    /// <summary>N, vectors of the batch.</summary>
    public int Rows { get; }

    /// <summary>[N × d_model] What the encoder multiplies: standardised, less the pre-bias.</summary>
    public Matrix Input { get; }

    /// <summary><see cref="Input"/>, a layer a row.</summary>
    public Matrix InputParts { get; }

    /// <summary>[N × d_model] x̂, in the transformer's units.</summary>
    public Matrix Reconstruction { get; }

    /// <summary><see cref="Reconstruction"/>, a layer a row.</summary>
    public Matrix ReconstructionParts { get; }

    /// <summary>[N × d_model] The loss's gradient by the decoder's output, in standardised units.</summary>
    public Matrix Gradient { get; }

    /// <summary><see cref="Gradient"/>, a layer a row.</summary>
    public Matrix GradientParts { get; }

    /// <summary>[N · parts] Each part's mean over components; 0 where not standardised.</summary>
    public float[] Mean { get; }

    /// <summary>[N · parts] Each part's standard deviation over components; 1 where not standardised.</summary>
    public float[] Scale { get; }

    /// <summary>[N · parts] ‖x − x̂‖².</summary>
    public double[] Errors { get; }
}

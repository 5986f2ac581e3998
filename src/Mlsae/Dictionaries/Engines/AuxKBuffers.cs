using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>What AuxK writes on its way, for batches of one size. Made once and reused.</summary>
internal sealed class AuxKBuffers(SelectionConfig config, int rows)
{
    /// <summary>[N × d_model] What AuxK reconstructs.</summary>
    public Matrix Target { get; } = Matrix.Aligned(config.AuxK > 0 ? rows : 0, config.ModelDim);

    /// <summary>[N × d_model] AuxK's reconstruction less its target, then the loss's gradient by it.</summary>
    public Matrix Gradient { get; } = Matrix.Aligned(config.AuxK > 0 ? rows : 0, config.ModelDim);

    /// <summary>[N × k_aux] The dead latents' codes, after the ReLU.</summary>
    public SparseRows Codes { get; } = new(config.AuxK > 0 ? rows : 0, config.AuxK);

    /// <summary>[N] ‖target − AuxK's reconstruction‖².</summary>
    public double[] Errors { get; } = new double[config.AuxK > 0 ? rows : 0];

    /// <summary>[N] Squared deviations of the target from its own mean over components.</summary>
    public double[] Variances { get; } = new double[config.AuxK > 0 ? rows : 0];
}

using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>What a training step writes on its way, for batches of one size. Made once and reused.</summary>
internal sealed class StepBuffers
{
    public StepBuffers(TopKConfig config, int rows)
    {
        int width = config.ModelDim, auxRows = config.AuxK > 0 ? rows : 0;
        Rows = rows;
        Input = new Matrix(rows, width);
        Reconstruction = new Matrix(rows, width);
        Gradient = new Matrix(rows, width);
        Target = new Matrix(auxRows, width);
        AuxGradient = new Matrix(auxRows, width);
        Top = new SparseRows(rows, config.K);
        Aux = new SparseRows(auxRows, config.AuxK);
        Mean = new float[rows];
        Scale = new float[rows];
        Errors = new double[rows];
        AuxErrors = new double[auxRows];
        AuxVariances = new double[auxRows];
    }

    /// <summary>N, vectors of the batch.</summary>
    public int Rows { get; }

    /// <summary>[N × d_model] What the encoder multiplies: standardised, less the pre-bias.</summary>
    public Matrix Input { get; }

    /// <summary>[N × d_model] x̂, in the transformer's units.</summary>
    public Matrix Reconstruction { get; }

    /// <summary>[N × d_model] The loss's gradient by the decoder's output, in standardised units.</summary>
    public Matrix Gradient { get; }

    /// <summary>[N × d_model] What AuxK reconstructs.</summary>
    public Matrix Target { get; }

    /// <summary>[N × d_model] AuxK's reconstruction less its target, then the loss's gradient by it.</summary>
    public Matrix AuxGradient { get; }

    /// <summary>[N × k] The codes, after the ReLU.</summary>
    public SparseRows Top { get; }

    /// <summary>[N × k_aux] The dead latents' codes, after the ReLU.</summary>
    public SparseRows Aux { get; }

    /// <summary>[N] Each vector's mean over components; 0 where not standardised.</summary>
    public float[] Mean { get; }

    /// <summary>[N] Each vector's standard deviation over components; 1 where not standardised.</summary>
    public float[] Scale { get; }

    /// <summary>[N] ‖x − x̂‖².</summary>
    public double[] Errors { get; }

    /// <summary>[N] ‖target − AuxK's reconstruction‖².</summary>
    public double[] AuxErrors { get; }

    /// <summary>[N] Squared deviations of the target from its own mean over components.</summary>
    public double[] AuxVariances { get; }
}

namespace Mlsae.Dictionaries;

/// <summary>What one training step found, before its update. The numbers are of its batch alone.</summary>
/// <param name="layerCount">number of layers, L</param>
public sealed class StepReport(int layerCount)
{
    /// <summary>The step's number, from 1.</summary>
    public long Step { get; internal set; }

    /// <summary>Tokens of the batch; each has L vectors.</summary>
    public int Tokens { get; internal set; }

    /// <summary>LossMse + LossAuxK.</summary>
    public double Loss { get; internal set; }

    /// <summary>Mean over layers of Σ‖x − x̂‖² divided by the layer's variance: see <see cref="Compatibility.PooledVariance"/>.</summary>
    public double LossMse { get; internal set; }

    /// <summary>AuxK's loss, times its coefficient.</summary>
    public double LossAuxK { get; internal set; }

    /// <summary>[L] Σ‖x − x̂‖² / Σ‖x − mean‖², the mean per dimension over the layer's vectors of the batch.</summary>
    public double[] Fvu { get; } = new double[layerCount];

    /// <summary>[L] Mean of (x − x̂)² divided by the variance pooled over tokens and components, divisor N − 1.</summary>
    public double[] FvuMlsae { get; } = new double[layerCount];

    /// <summary>[L] Mean number of latents above <see cref="TopKConfig.DeadThreshold"/>, per vector.</summary>
    public double[] L0 { get; } = new double[layerCount];

    /// <summary>[L] Mean sum of the code's values, per vector, in standardised units.</summary>
    public double[] L1 { get; } = new double[layerCount];

    /// <summary>Latents that are dead after this batch.</summary>
    public int DeadCount { get; internal set; }

    /// <summary>DeadCount / n_latents.</summary>
    public double DeadFraction { get; internal set; }

    /// <summary>Entries of AuxK's codes above zero, over the whole batch.</summary>
    public int AuxKActive { get; internal set; }
}

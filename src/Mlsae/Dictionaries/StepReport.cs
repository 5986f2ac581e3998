namespace Mlsae.Dictionaries;

/// <summary>What one training step found, before its update. The numbers are of its batch alone.</summary>
/// <param name="layerCount">number of layers, L</param>
public sealed class StepReport(int layerCount)
{
    /// <summary>The step's number, from 1.</summary>
    public long Step { get; internal set; }

    /// <summary>Tokens of the batch; each has L vectors.</summary>
    public int Tokens { get; internal set; }

    /// <summary>The learning rate of the step.</summary>
    public double LearningRate { get; internal set; }

    /// <summary>LossMse + LossAuxK + LossSparsity.</summary>
    public double Loss { get; internal set; }

    /// <summary>The reconstruction's error as <see cref="ReconstructionLoss"/> has it: at first the mean over layers of Σ‖x − x̂‖² divided by the layer's variance. Of Matryoshka the mean over prefixes.</summary>
    public double LossMse { get; internal set; }

    /// <summary>AuxK's loss, times its coefficient; of a gated dictionary the error of what its gates alone reconstruct.</summary>
    public double LossAuxK { get; internal set; }

    /// <summary>What the kind's sparsity term adds, its coefficient included; 0 for kinds without one.</summary>
    public double LossSparsity { get; internal set; }

    /// <summary>[L] Σ‖x − x̂‖² / Σ‖x − mean‖², the mean per dimension over the layer's vectors of the batch.</summary>
    public double[] Fvu { get; } = new double[layerCount];

    /// <summary>[L] Mean of (x − x̂)² divided by the variance pooled over tokens and components, divisor N − 1.</summary>
    public double[] FvuMlsae { get; } = new double[layerCount];

    /// <summary>[L] Mean number of latents above <see cref="DictionaryConfig.DeadThreshold"/>, per vector.</summary>
    public double[] L0 { get; } = new double[layerCount];

    /// <summary>[L] Mean sum of the code's values, per vector, in standardised units.</summary>
    public double[] L1 { get; } = new double[layerCount];

    /// <summary>Latents that are dead after this batch.</summary>
    public int DeadCount { get; internal set; }

    /// <summary>DeadCount / n_latents.</summary>
    public double DeadFraction { get; internal set; }

    /// <summary>Entries of AuxK's codes above zero, over the whole batch.</summary>
    public int AuxKActive { get; internal set; }

    /// <summary>Takes over one layer of several that are trained side by side, from the first to the last: losses and shares become their means, counts their sums.</summary>
    internal void TakeLayer(int layer, StepReport of)
    {
        (Fvu[layer], FvuMlsae[layer], L0[layer], L1[layer]) = (of.Fvu[0], of.FvuMlsae[0], of.L0[0], of.L1[0]);
        (Step, Tokens, LearningRate) = (of.Step, of.Tokens, of.LearningRate);
        double before = layer / (layer + 1.0), share = 1 / (layer + 1.0);
        Loss = Loss * before + of.Loss * share;
        LossMse = LossMse * before + of.LossMse * share;
        LossAuxK = LossAuxK * before + of.LossAuxK * share;
        LossSparsity = LossSparsity * before + of.LossSparsity * share;
        DeadFraction = DeadFraction * before + of.DeadFraction * share;
        DeadCount = (layer == 0 ? 0 : DeadCount) + of.DeadCount;
        AuxKActive = (layer == 0 ? 0 : AuxKActive) + of.AuxKActive;
    }
}

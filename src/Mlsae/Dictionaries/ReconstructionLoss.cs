namespace Mlsae.Dictionaries;

/// <summary>How the error of a batch's reconstructions becomes one number. Layers weigh the same in all but the last two.</summary>
public enum ReconstructionLoss
{
    /// <summary>Mean over layers of Σ‖x − x̂‖² / Σ‖x − mean‖²: without a unit, so that sparsity coefficients carry over between layers and models.</summary>
    Fvu,

    /// <summary>Mean over vectors and components of (x − x̂)², as in Cunningham et al. 2023 and the appendix of Towards Monosemanticity.</summary>
    MeanSquaredError,

    /// <summary>Mean over vectors of ‖x − x̂‖²: <see cref="MeanSquaredError"/> times d_model.</summary>
    SquaredNorm,
}

using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Dictionaries.Engines;

/// <summary>
/// Principal components in both directions: z = ReLU([Q; −Q](x − mean)), x̂ = mean + [Q; −Q]ᵀz, the rows of Q the eigenvectors of the covariance (divisor N), descending by eigenvalue. With all
/// latents the reconstruction is exact; with k it keeps the k largest. Cunningham et al. 2023, section 3 and appendix G.
/// </summary>
public sealed class PcaEngine(BaselineConfig config, int layerCount) : BaselineEngine(config, layerCount)
{
    private readonly StreamingCovariance _covariance = new(config.ModelDim);

    /// <inheritdoc/>
    private protected override bool Take(Matrix x)
    {
        _covariance.Add(x);
        return true;
    }

    /// <inheritdoc/>
    private protected override SparseDictionary Compute()
    {
        double[] components = SymmetricEigen.Of(_covariance.Covariance(), Config.ModelDim).Vectors;
        return InBothDirections(components, components, _covariance.Mean());
    }

    /// <inheritdoc/>
    private protected override IEnumerable<Tensor> SaveVectors() => _covariance.Save();

    /// <inheritdoc/>
    private protected override void RestoreVectors(ITensorSource state) => _covariance.Restore(state);
}

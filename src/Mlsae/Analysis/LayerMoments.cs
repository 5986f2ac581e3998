using Mlsae.Storage;

namespace Mlsae.Analysis;

/// <summary>
/// Weighted moments of the layer for every latent, over (token, latent) pairs: what each term of the decomposition of the layer's variance is computed from. Moments of several parts of a text add up.
/// </summary>
/// <param name="latentCount">n_latents</param>
internal sealed class LayerMoments(int latentCount)
{
    /// <summary>[n_latents] Σ w over the latent's pairs.</summary>
    public double[] Weights { get; } = new double[latentCount];

    /// <summary>[n_latents] Σ w·E l.</summary>
    public double[] Means { get; } = new double[latentCount];

    /// <summary>[n_latents] Σ w·E l².</summary>
    public double[] Squares { get; } = new double[latentCount];

    /// <summary>Σ w·V(l) over all pairs: the variance that is left within a (token, latent) pair.</summary>
    public double WithinPairs { get; private set; }

    /// <summary>Adds one pair.</summary>
    /// <param name="latent">whose</param>
    /// <param name="weight">w</param>
    /// <param name="mean">E l under the pair's shares of the layers</param>
    /// <param name="square">E l²</param>
    public void Add(int latent, double weight, double mean, double square)
    {
        Weights[latent] += weight;
        Means[latent] += weight * mean;
        Squares[latent] += weight * square;
        WithinPairs += weight * Math.Max(0, square - mean * mean);
    }

    /// <summary>Adds the moments of other pairs, as often as <paramref name="times"/> says.</summary>
    public void Add(LayerMoments other, int times = 1)
    {
        WithinPairs += times * other.WithinPairs;
        for (int latent = 0; latent < latentCount; latent++)
        {
            Weights[latent] += times * other.Weights[latent];
            Means[latent] += times * other.Means[latent];
            Squares[latent] += times * other.Squares[latent];
        }
    }

    /// <summary>V(L), E V(L | latent) and E V(L | latent, token) under the distribution that draws each pair with its weight.</summary>
    public VarianceTerms Terms()
    {
        double weight = 0, mean = 0, square = 0, within = 0;
        for (int latent = 0; latent < latentCount; latent++)
        {
            weight += Weights[latent];
            mean += Means[latent];
            square += Squares[latent];
            within += Weights[latent] > 0 ? Math.Max(0, Squares[latent] - Means[latent] * Means[latent] / Weights[latent]) : 0;
        }

        return new VarianceTerms(square / weight - mean / weight * (mean / weight), within / weight, WithinPairs / weight);
    }

    /// <summary>The terms as the published code takes them: plain means over all latents and tokens, where an inactive pair counts as a distribution of no mass.</summary>
    /// <param name="tokens">all tokens, at which a latent may be active or not</param>
    public VarianceTerms PublishedTerms(long tokens)
    {
        double mean = 0, square = 0, within = 0;
        for (int latent = 0; latent < latentCount; latent++)
        {
            double own = Means[latent] / tokens, ownSquare = Squares[latent] / tokens;
            mean += own / latentCount;
            square += ownSquare / latentCount;
            within += (ownSquare - own * own) / latentCount;
        }

        return new VarianceTerms(square - mean * mean, within, WithinPairs / ((double)tokens * latentCount));
    }

    /// <summary>Everything needed to go on from here.</summary>
    public IEnumerable<Tensor> SaveState(string prefix) =>
    [
        Tensor.Of(prefix + "weights", Weights, latentCount), Tensor.Of(prefix + "means", Means, latentCount), Tensor.Of(prefix + "squares", Squares, latentCount),
        Tensor.Of(prefix + "within", (ReadOnlySpan<double>)[WithinPairs], 1),
    ];

    /// <summary>Goes on from a state that <see cref="SaveState"/> gave.</summary>
    /// <exception cref="InvalidDataException">It does not fit.</exception>
    public void RestoreState(ITensorSource state, string prefix)
    {
        state.ReadDoubles(prefix + "weights", latentCount).CopyTo(Weights, 0);
        state.ReadDoubles(prefix + "means", latentCount).CopyTo(Means, 0);
        state.ReadDoubles(prefix + "squares", latentCount).CopyTo(Squares, 0);
        WithinPairs = state.ReadDoubles(prefix + "within", 1)[0];
    }
}

/// <summary>The variance of the layer L of an activation, and what of it is left.</summary>
/// <param name="Total">V(L), over all activations</param>
/// <param name="WithinLatent">E V(L | latent): the mean over latents of the variance of the layers at which one is active, over all tokens</param>
/// <param name="WithinToken">E V(L | latent, token): the same on a single token</param>
internal readonly record struct VarianceTerms(double Total, double WithinLatent, double WithinToken)
{
    /// <summary>WithinLatent / Total, WithinToken / WithinLatent and WithinToken / Total; NaN for shares of nothing.</summary>
    public double[] Shares() => [WithinLatent / Total, WithinToken / WithinLatent, WithinToken / Total];
}

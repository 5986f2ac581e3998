using Mlsae.Numerics;

namespace Mlsae.Analysis.Tokens;

/// <summary>A latent at a layer, as a detector of a token.</summary>
/// <param name="Layer">the layer, from 0</param>
/// <param name="Latent">the latent</param>
/// <param name="Precision">share of its activation that lies on the token</param>
/// <param name="Recall">share of the token's occurrences at which it is active</param>
public sealed record TokenDetector(int Layer, int Latent, double Precision, double Recall)
{
    /// <summary>The harmonic mean of precision and recall; 0 where either is.</summary>
    public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);
}

/// <summary>How much each latent's activation, at each layer, lies on one token.</summary>
/// <param name="layerCount">L</param>
/// <param name="latentCount">n_latents</param>
/// <param name="token">the token</param>
public sealed class TokenDetectorSums(int layerCount, int latentCount, int token)
{
    private readonly double[] _totals = new double[checked(layerCount * latentCount)];
    private readonly double[] _onToken = new double[layerCount * latentCount];
    private readonly long[] _firedOnToken = new long[layerCount * latentCount];
    private long _occurrences;

    /// <summary>Adds tokens.</summary>
    /// <param name="codes">[tokens · L rows] row t·L + l is token t at layer l</param>
    /// <param name="ids">[tokens]</param>
    /// <exception cref="ArgumentException">There are codes of another number of tokens.</exception>
    public void Add(SparseRows codes, int[] ids)
    {
        Require.Equal(codes.Rows, ids.Length * layerCount);
        for (int row = 0; row < codes.Rows; row++)
        {
            bool isOnToken = ids[row / layerCount] == token;
            for (int entry = codes.Start(row); entry < codes.Start(row + 1); entry++)
            {
                int unit = row % layerCount * latentCount + codes.Indices[entry];
                float value = codes.Values[entry];
                _totals[unit] += value;
                _onToken[unit] += isOnToken ? value : 0;
                _firedOnToken[unit] += isOnToken && value > 0 ? 1 : 0;
            }
        }

        _occurrences += ids.Count(id => id == token);
    }

    /// <summary>A latent at one layer.</summary>
    public TokenDetector At(int layer, int latent)
    {
        int unit = layer * latentCount + latent;
        return new TokenDetector(layer, latent, _totals[unit] > 0 ? _onToken[unit] / _totals[unit] : 0, _occurrences == 0 ? 0 : (double)_firedOnToken[unit] / _occurrences);
    }

    /// <summary>The layer at which a latent's activation is largest in sum; of equal ones the first.</summary>
    public int StrongestLayer(int latent) => Enumerable.Range(0, layerCount).MaxBy(layer => _totals[layer * latentCount + latent]);

    /// <summary>Whether a latent is active at any layer.</summary>
    public bool IsActive(int latent) => Enumerable.Range(0, layerCount).Any(layer => _totals[layer * latentCount + latent] > 0);

    /// <summary>The latents that tell the token best, each at its best layer.</summary>
    /// <param name="count">how many</param>
    public TokenDetector[] Best(int count)
    {
        var best = Enumerable.Range(0, latentCount).Select(latent => Enumerable.Range(0, layerCount).Select(layer => At(layer, latent)).MaxBy(detector => detector.F1)!);
        return [.. best.Where(detector => detector.F1 > 0).OrderByDescending(detector => detector.F1).ThenBy(detector => detector.Latent).Take(count)];
    }
}

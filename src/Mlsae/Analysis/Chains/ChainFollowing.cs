using Mlsae.Numerics;

namespace Mlsae.Analysis.Chains;

/// <summary>How often latent To fires at the token after one at which latent From fires.</summary>
/// <param name="From">the first latent</param>
/// <param name="To">the second, perhaps the same</param>
/// <param name="Fired">tokens with a next one at which From fires</param>
/// <param name="Followed">those of them whose next token has To</param>
/// <param name="Anywhere">share of all tokens with one before at which To fires</param>
public readonly record struct FollowedEdge(int From, int To, long Fired, long Followed, double Anywhere)
{
    /// <summary>How many times likelier To fires where From did before than anywhere; NaN where either never fires.</summary>
    public double Lift => Fired == 0 || Anywhere == 0 ? double.NaN : (double)Followed / Fired / Anywhere;
}

/// <summary>Whether chains are walked in text: sums over pairs of neighbouring tokens.</summary>
public sealed class ChainFollowing
{
    private readonly (int From, int To)[] _pairs;
    private readonly int[][] _pairsFrom;
    private readonly long[] _followed;
    private readonly long[] _firedBefore;
    private readonly long[] _firedAfter;
    private readonly int[] _lastFired;
    private int _stamp;
    private long _neighbours;

    /// <summary>Sums over no tokens.</summary>
    /// <param name="pairs">which pairs of latents are followed</param>
    /// <param name="latentCount">n_latents</param>
    public ChainFollowing(IEnumerable<(int From, int To)> pairs, int latentCount)
    {
        _pairs = [.. pairs];
        var own = _pairs.Select((pair, i) => (pair.From, i)).ToLookup(of => of.From, of => of.i);
        _pairsFrom = [.. Enumerable.Range(0, latentCount).Select(latent => own[latent].ToArray())];
        (_followed, _firedBefore, _firedAfter, _lastFired) = (new long[_pairs.Length], new long[latentCount], new long[latentCount], new int[latentCount]);
    }

    /// <summary>Adds tokens.</summary>
    /// <param name="codes">[tokens]</param>
    /// <param name="hasNext">[tokens] whether the row after it is of the next token of the same context</param>
    /// <exception cref="ArgumentException">The numbers of tokens differ.</exception>
    public void Add(SparseRows codes, bool[] hasNext)
    {
        Require.Equal(hasNext.Length, codes.Rows);
        for (int row = 0; row + 1 < codes.Rows; row++)
        {
            if (hasNext[row])
            {
                AddNeighbours(codes, row);
            }
        }
    }

    /// <summary>The pairs, in their order.</summary>
    public FollowedEdge[] Result() =>
        [.. _pairs.Select((pair, i) => new FollowedEdge(pair.From, pair.To, _firedBefore[pair.From], _followed[i], _neighbours == 0 ? 0 : (double)_firedAfter[pair.To] / _neighbours))];

    private void AddNeighbours(SparseRows codes, int row)
    {
        _neighbours++;
        _stamp++;
        foreach (int to in Fired(codes, row + 1))
        {
            _firedAfter[to]++;
            _lastFired[to] = _stamp;
        }

        foreach (int from in Fired(codes, row))
        {
            _firedBefore[from]++;
            foreach (int pair in _pairsFrom[from])
            {
                _followed[pair] += _lastFired[_pairs[pair].To] == _stamp ? 1 : 0;
            }
        }
    }

    private static IEnumerable<int> Fired(SparseRows codes, int row)
    {
        for (int entry = codes.Start(row); entry < codes.Start(row + 1); entry++)
        {
            if (codes.Values[entry] != 0)
            {
                yield return codes.Indices[entry];
            }
        }
    }
}

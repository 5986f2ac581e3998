using Mlsae.Numerics;

namespace Mlsae.Analysis.Patching;

/// <summary>What is to be added to the codes of prompts to get those of their counterfactuals, c̄ − c, at every position.</summary>
internal sealed class CodeDifferences
{
    private readonly PromptPairs _pairs;
    private readonly LayerDecomposition _decomposition;
    private readonly SparseRows _rows;
    private readonly int[][] _pairsOf;

    /// <summary>Encodes both.</summary>
    /// <param name="pairs">the prompt pairs</param>
    /// <param name="decomposition">of a layer</param>
    /// <param name="from">[pairs · Length × d_model] the prompts' vectors there</param>
    /// <param name="to">[pairs · Length × d_model] the counterfactuals'</param>
    public CodeDifferences(PromptPairs pairs, LayerDecomposition decomposition, Matrix from, Matrix to)
    {
        (_pairs, _decomposition) = (pairs, decomposition);
        _rows = LayerDecomposition.Differences(decomposition.Encode(from), decomposition.Encode(to));
        _pairsOf = PairsOfFeatures();
        Candidates = [.. Enumerable.Range(0, decomposition.FeatureCount).Where(feature => _pairsOf[feature].Length > 0)];
    }

    /// <summary>The features whose codes differ somewhere between the runs: patching others changes nothing.</summary>
    public IReadOnlyList<int> Candidates { get; }

    /// <summary>The pairs in which a feature's codes differ: patching it leaves the others as they are.</summary>
    public IReadOnlyList<int> PairsOf(int feature) => _pairsOf[feature];

    /// <summary>The directions in which the codes of a position differ, ascending.</summary>
    public ReadOnlySpan<int> Directions(int row) => _rows.RowIndices(row);

    /// <summary>By how much.</summary>
    public ReadOnlySpan<float> Values(int row) => _rows.RowValues(row);

    /// <summary>Σ over positions of difference · (gradient · direction): how much each feature would change each pair's divergence, were it linear.</summary>
    /// <param name="gradient">[pairs · Length × d_model] of each pair's divergence in the residual stream</param>
    /// <returns>[features][its pairs, as <see cref="PairsOf"/>]</returns>
    public double[][] LinearEffects(Matrix gradient)
    {
        double[][] effects = [.. _pairsOf.Select(pairs => new double[pairs.Length])];
        for (int pair = 0; pair < _pairs.Count; pair++)
        {
            var (first, count) = _pairs.Rows(pair);
            for (int row = first; row < first + count; row++)
            {
                AddEffects(pair, row, gradient, effects);
            }
        }

        return effects;
    }

    /// <summary>The tokens at which a feature's code differs most between the runs, of the run in which it is larger: sums of |c̄ − c| over all pairs, the largest first.</summary>
    /// <param name="feature">of the decomposition</param>
    /// <param name="count">how many at most</param>
    public int[] Tokens(int feature, int count)
    {
        var sums = new Dictionary<int, double>();
        foreach (int pair in PairsOf(feature))
        {
            var (first, own) = _pairs.Rows(pair);
            for (int row = first; row < first + own; row++)
            {
                var indices = _rows.RowIndices(row);
                for (int i = 0; i < indices.Length; i++)
                {
                    if (_decomposition.FeatureOf(indices[i]) == feature)
                    {
                        float difference = _rows.RowValues(row)[i];
                        int token = (difference > 0 ? _pairs.Target : _pairs.Base).Ids[row];
                        sums[token] = sums.GetValueOrDefault(token) + Math.Abs(difference);
                    }
                }
            }
        }

        return [.. sums.OrderByDescending(of => of.Value).ThenBy(of => of.Key).Take(count).Select(of => of.Key)];
    }

    private void AddEffects(int pair, int row, Matrix gradient, double[][] effects)
    {
        var indices = _rows.RowIndices(row);
        var values = _rows.RowValues(row);
        for (int i = 0; i < indices.Length; i++)
        {
            int feature = _decomposition.FeatureOf(indices[i]);
            int place = Array.BinarySearch(_pairsOf[feature], pair);
            effects[feature][place] += (double)values[i] * Kernels.Dot(gradient.Row(row), _decomposition.Directions.Row(indices[i]));
        }
    }

    private int[][] PairsOfFeatures()
    {
        var pairs = new SortedSet<int>[_decomposition.FeatureCount];
        for (int pair = 0; pair < _pairs.Count; pair++)
        {
            var (first, count) = _pairs.Rows(pair);
            for (int row = first; row < first + count; row++)
            {
                foreach (int direction in _rows.RowIndices(row))
                {
                    (pairs[_decomposition.FeatureOf(direction)] ??= []).Add(pair);
                }
            }
        }

        return [.. pairs.Select(of => of?.ToArray() ?? [])];
    }
}

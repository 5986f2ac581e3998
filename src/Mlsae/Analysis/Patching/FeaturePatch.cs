using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Analysis.Patching;

/// <summary>A run of one prompt with some features patched.</summary>
/// <param name="Pair">which prompt pair</param>
/// <param name="Patched">[features] which features are taken from the counterfactual</param>
/// <param name="Toggled">a feature that is taken where it says no, and the other way round; −1 for none</param>
public readonly record struct PatchedRun(int Pair, bool[] Patched, int Toggled = -1)
{
    /// <summary>Whether a feature is patched.</summary>
    public bool Has(int feature) => Patched[feature] != (feature == Toggled);
}

/// <summary>
/// Patches features of one layer's decomposition at all positions: x'_i = x_i + Σ_{j ∈ F} (c̄_ij − c_ij) f_j, with the codes c of the base run and c̄ of the counterfactual's; the rest of the
/// model runs on from there. Cunningham et al. 2023, section 4. The reconstruction error of the base run stays.
/// </summary>
public sealed class FeaturePatch
{
    /// <summary>Prompts that run together: enough for a core's cache, few enough to share.</summary>
    private const int PromptsAtOnce = 32;

    private readonly Matrix _residual;
    private readonly SparseRows _differences;
    private readonly int[][] _pairsOf;

    /// <summary>Encodes both runs' vectors.</summary>
    /// <param name="task">the prompt pairs and their runs</param>
    /// <param name="layer">the block after which codes are exchanged</param>
    /// <param name="decomposition">of that layer</param>
    public FeaturePatch(PatchingTask task, int layer, LayerDecomposition decomposition)
    {
        (Task, Layer, Decomposition) = (task, layer, decomposition);
        _residual = task.BaseResidual(layer);
        _differences = LayerDecomposition.Differences(decomposition.Encode(_residual), decomposition.Encode(task.TargetResidual(layer)));
        _pairsOf = PairsOfFeatures();
        Candidates = [.. Enumerable.Range(0, decomposition.FeatureCount).Where(feature => _pairsOf[feature].Length > 0)];
    }

    /// <summary>The prompt pairs.</summary>
    public PatchingTask Task { get; }

    /// <summary>The block after which codes are exchanged.</summary>
    public int Layer { get; }

    /// <summary>What is exchanged.</summary>
    public LayerDecomposition Decomposition { get; }

    /// <summary>The features whose codes differ somewhere between the runs: patching others changes nothing.</summary>
    public IReadOnlyList<int> Candidates { get; }

    /// <summary>The pairs in which a feature's codes differ: patching it leaves the others as they are.</summary>
    public IReadOnlyList<int> PairsOf(int feature) => _pairsOf[feature];

    /// <summary>No feature.</summary>
    public bool[] None() => new bool[Decomposition.FeatureCount];

    /// <summary>All features.</summary>
    public bool[] All()
    {
        bool[] all = None();
        Array.Fill(all, true);
        return all;
    }

    /// <summary>KL(patched ‖ target) at the last token of each run, in nats. The model runs on from the patched layer, many runs at once.</summary>
    public double[] Divergences(IReadOnlyList<PatchedRun> runs)
    {
        var divergences = new double[runs.Count];
        int atOnce = Workers.Count * PromptsAtOnce;
        for (int start = 0; start < runs.Count; start += atOnce)
        {
            int first = start, count = Math.Min(atOnce, runs.Count - start);
            var logits = RunOn([.. Enumerable.Range(first, count).Select(i => runs[i])]);
            Workers.For(count, i => divergences[first + i] = Task.Divergence(runs[first + i].Pair, logits.Row(i)));
        }

        return divergences;
    }

    /// <summary>Those of one set of features in every pair.</summary>
    public double[] Divergences(bool[] patched) => Divergences([.. Enumerable.Range(0, Task.Pairs.Count).Select(pair => new PatchedRun(pair, patched))]);

    /// <summary>d: the mean over each pair's positions of ‖x − x'‖, of one set of features.</summary>
    public double[] EditMagnitudes(bool[] patched) => [.. Enumerable.Range(0, Task.Pairs.Count).Select(pair => EditMagnitude(new PatchedRun(pair, patched)))];

    /// <summary>d of one run.</summary>
    public double EditMagnitude(PatchedRun run) => Distances(run.Pair, PatchedResidual(run)).Average();

    /// <summary>[Length × d_model] The patched residual stream of one run.</summary>
    /// <param name="run">which prompt, with which features</param>
    /// <param name="share">how much of the difference is added: 1 for a patch, less on the way to it</param>
    public Matrix PatchedResidual(PatchedRun run, float share = 1)
    {
        var patched = new Matrix(Task.Pairs.Length, _residual.Columns);
        Write(run, share, patched);
        return patched;
    }

    /// <summary>Σ over positions of difference · (gradient · direction): how much each feature would change each pair's divergence, were it linear.</summary>
    /// <param name="gradient">[pairs · Length × d_model] of each pair's divergence in the residual stream</param>
    /// <returns>[features][its pairs, as <see cref="PairsOf"/>]</returns>
    public double[][] LinearEffects(Matrix gradient)
    {
        double[][] effects = [.. _pairsOf.Select(pairs => new double[pairs.Length])];
        for (int pair = 0; pair < Task.Pairs.Count; pair++)
        {
            var (first, count) = Task.Pairs.Rows(pair);
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
            var (first, own) = Task.Pairs.Rows(pair);
            for (int row = first; row < first + own; row++)
            {
                var indices = _differences.RowIndices(row);
                for (int i = 0; i < indices.Length; i++)
                {
                    if (Decomposition.FeatureOf(indices[i]) == feature)
                    {
                        float difference = _differences.RowValues(row)[i];
                        int token = (difference > 0 ? Task.Pairs.Target : Task.Pairs.Base).Ids[row];
                        sums[token] = sums.GetValueOrDefault(token) + Math.Abs(difference);
                    }
                }
            }
        }

        return [.. sums.OrderByDescending(of => of.Value).ThenBy(of => of.Key).Take(count).Select(of => of.Key)];
    }

    private void AddEffects(int pair, int row, Matrix gradient, double[][] effects)
    {
        var indices = _differences.RowIndices(row);
        var values = _differences.RowValues(row);
        for (int i = 0; i < indices.Length; i++)
        {
            int feature = Decomposition.FeatureOf(indices[i]);
            int place = Array.BinarySearch(_pairsOf[feature], pair);
            effects[feature][place] += (double)values[i] * Kernels.Dot(gradient.Row(row), Decomposition.Directions.Row(indices[i]));
        }
    }

    private Matrix RunOn(PatchedRun[] runs)
    {
        int length = Task.Pairs.Length;
        var residual = new Matrix(runs.Length * length, _residual.Columns);
        Workers.For(runs.Length, i => Write(runs[i], 1, residual.RowWindow(i * length, length)));
        var ids = new int[runs.Length * length];
        for (int i = 0; i < runs.Length; i++)
        {
            Task.Pairs.Base.Ids.AsSpan(runs[i].Pair * length, length).CopyTo(ids.AsSpan(i * length));
        }

        return Task.Model.Forward(new TokenBatch(ids, runs.Length, length), new ForwardOptions
        {
            StartLayer = Layer, StartResidual = residual, LogitRows = [.. runs.Select((run, i) => i * length + Task.Pairs.Lengths[run.Pair] - 1)],
        }).Logits!;
    }

    /// <summary>Always summed in the same order, so that a set of features gives the same bits however it was come by.</summary>
    private void Write(PatchedRun run, float share, Matrix patched)
    {
        int first = run.Pair * Task.Pairs.Length, own = Task.Pairs.Lengths[run.Pair];
        for (int position = 0; position < Task.Pairs.Length; position++)
        {
            var target = patched.Row(position);
            _residual.Row(first + position).CopyTo(target);
            var indices = _differences.RowIndices(first + position);
            var values = _differences.RowValues(first + position);
            for (int i = 0; i < indices.Length && position < own; i++)
            {
                if (run.Has(Decomposition.FeatureOf(indices[i])))
                {
                    Kernels.AddScaled(Decomposition.Directions.Row(indices[i]), share * values[i], target);
                }
            }
        }
    }

    private IEnumerable<double> Distances(int pair, Matrix patched)
    {
        var (first, count) = Task.Pairs.Rows(pair);
        for (int position = 0; position < count; position++)
        {
            double sum = 0;
            var before = _residual.Row(first + position);
            var after = patched.Row(position);
            for (int i = 0; i < before.Length; i++)
            {
                sum += ((double)after[i] - before[i]) * ((double)after[i] - before[i]);
            }

            yield return Math.Sqrt(sum);
        }
    }

    private int[][] PairsOfFeatures()
    {
        var pairs = new SortedSet<int>[Decomposition.FeatureCount];
        for (int pair = 0; pair < Task.Pairs.Count; pair++)
        {
            var (first, count) = Task.Pairs.Rows(pair);
            for (int row = first; row < first + count; row++)
            {
                foreach (int direction in _differences.RowIndices(row))
                {
                    (pairs[Decomposition.FeatureOf(direction)] ??= []).Add(pair);
                }
            }
        }

        return [.. pairs.Select(of => of?.ToArray() ?? [])];
    }
}

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
    private readonly CodeDifferences _differences;

    /// <summary>Encodes both runs' vectors.</summary>
    /// <param name="task">the prompt pairs and their runs</param>
    /// <param name="layer">the block after which codes are exchanged</param>
    /// <param name="decomposition">of that layer</param>
    public FeaturePatch(PatchingTask task, int layer, LayerDecomposition decomposition)
    {
        (Task, Layer, Decomposition) = (task, layer, decomposition);
        _residual = task.BaseResidual(layer);
        _differences = new CodeDifferences(task.Pairs, decomposition, _residual, task.TargetResidual(layer));
    }

    /// <summary>The prompt pairs.</summary>
    public PatchingTask Task { get; }

    /// <summary>The block after which codes are exchanged.</summary>
    public int Layer { get; }

    /// <summary>What is exchanged.</summary>
    public LayerDecomposition Decomposition { get; }

    /// <inheritdoc cref="CodeDifferences.Candidates"/>
    public IReadOnlyList<int> Candidates => _differences.Candidates;

    /// <inheritdoc cref="CodeDifferences.PairsOf"/>
    public IReadOnlyList<int> PairsOf(int feature) => _differences.PairsOf(feature);

    /// <inheritdoc cref="CodeDifferences.Tokens"/>
    public int[] Tokens(int feature, int count) => _differences.Tokens(feature, count);

    /// <inheritdoc cref="CodeDifferences.LinearEffects"/>
    public double[][] LinearEffects(Matrix gradient) => _differences.LinearEffects(gradient);

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
            var indices = _differences.Directions(first + position);
            var values = _differences.Values(first + position);
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
}

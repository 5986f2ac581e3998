using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Metrics;

/// <summary>
/// Evaluates a dictionary on all the layers it is for: how well it reconstructs them, and what the model loses when a layer is
/// replaced by its reconstruction. Batches are added one by one; nothing grows with the text but the sums of each sequence.
/// </summary>
/// <remarks>Special tokens are left out: they are neither reconstructed nor replaced. Evaluating changes no state of the dictionary.</remarks>
public sealed class DictionaryEvaluator
{
    private readonly ILanguageModel _model;
    private readonly ILayeredDictionary _dictionary;
    private readonly IReadOnlyList<HookPoint> _hooks;
    private readonly IReadOnlySet<int> _specialTokens;
    private readonly DeadLatents _dead;
    private readonly List<LayerSums[]> _sequences = [];
    private double _crossEntropy;
    private long _predictions;
    private int _contextLength;

    /// <summary>An evaluation without any text so far.</summary>
    /// <param name="model">whose activations are reconstructed</param>
    /// <param name="dictionary">for as many layers as there are hook points</param>
    /// <param name="hooks">where its vectors are read, in the order of layers</param>
    /// <param name="specialTokens">token ids that are left out</param>
    /// <exception cref="ArgumentException">The dictionary's width is not the model's, or there are no hook points.</exception>
    public DictionaryEvaluator(ILanguageModel model, ILayeredDictionary dictionary, IReadOnlyList<HookPoint> hooks, IReadOnlySet<int> specialTokens)
    {
        Require.That(hooks.Count > 0, "An evaluation needs at least one hook point.");
        Require.Equal(dictionary.LayerCount, hooks.Count);
        _model = model;
        _dictionary = dictionary;
        _hooks = hooks;
        _specialTokens = specialTokens;
        _dead = new DeadLatents(hooks.Count, dictionary.LatentCount);
    }

    /// <summary>[sequences][layers] What was summed over each sequence so far; sequences in the order in which they were added.</summary>
    public IReadOnlyList<LayerSums[]> Sequences => _sequences;

    /// <summary>Adds the sequences of one batch, each a unit of the intervals.</summary>
    public void Add(TokenBatch tokens) => Add(tokens, _model.Forward(tokens, new ForwardOptions { Captures = [.. _hooks] }));

    /// <summary>Adds the sequences of one batch, where the untouched model was already run on it: several evaluators can share that.</summary>
    /// <param name="tokens">the batch</param>
    /// <param name="original">what the model gave for it, with logits and the captures of this evaluator's hook points; not changed</param>
    public void Add(TokenBatch tokens, ForwardResult original)
    {
        Require.That(original.Logits is not null, "An evaluation needs the logits of the untouched model.");
        _contextLength = Math.Max(_contextLength, tokens.Length);
        var originalNorms = LogSumExps(original.Logits!);
        AddModelCrossEntropy(tokens, original.Logits!, originalNorms);
        var sums = NewSums(tokens.Sequences);
        int[] kept = [.. Enumerable.Range(0, tokens.TokenCount).Where(t => !_specialTokens.Contains(tokens.Ids[t]))];
        Matrix[] patches = [.. _hooks.Select(hook => original[hook].Copy())];
        AddReconstructions(patches, kept, tokens.Length, sums);
        for (int layer = 0; layer < _hooks.Count; layer++)
        {
            var patched = patches[layer];
            AddDownstream(layer, tokens, patched, original.Logits!, originalNorms, sums);
        }

        _sequences.AddRange(sums);
    }

    /// <summary>The metrics of all batches added.</summary>
    /// <param name="seed">of the bootstrap over sequences</param>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public EvaluationResult Result(ulong seed)
    {
        if (_sequences.Count == 0)
        {
            throw new InvalidOperationException("There was no text to evaluate on: it is shorter than one context.");
        }

        var perMetric = Bootstrap.Estimates(_sequences.Count, seed, Statistics);
        return new EvaluationResult
        {
            Tokens = _sequences.Sum(sequence => sequence[0].Vectors),
            Sequences = _sequences.Count,
            ContextLength = _contextLength,
            Seed = seed,
            ModelCrossEntropy = _crossEntropy / _predictions,
            Layers = [.. _hooks.Select((hook, layer) => Metrics(hook.ToString(), perMetric, layer, _dead.FractionAt(layer, _dictionary.LatentsAt(layer))))],
            Overall = Metrics("overall", perMetric, _hooks.Count, _dead.Fraction()),
        };
    }

    /// <summary>Every metric of every layer, then the mean over layers of each, for some sequences.</summary>
    private double[] Statistics(int[] sequences)
    {
        int layers = _hooks.Count;
        var values = new double[(layers + 1) * LayerMetrics.All.Count];
        for (int layer = 0; layer < layers; layer++)
        {
            int of = layer;
            var total = LayerSums.Total(sequences.Select(s => _sequences[s][of]), _dictionary.ModelDim);
            for (int m = 0; m < LayerMetrics.All.Count; m++)
            {
                double value = LayerMetrics.All[m].Of(total);
                values[layer * LayerMetrics.All.Count + m] = value;
                values[layers * LayerMetrics.All.Count + m] += value / layers;
            }
        }

        return values;
    }

    private LayerEvaluation Metrics(string name, Estimate[] estimates, int layer, double dead)
    {
        var metrics = LayerMetrics.All.Select((metric, m) => (metric.Name, estimates[layer * LayerMetrics.All.Count + m]))
            .Append((DeadLatents.Name, Estimate.Exact(dead, _dictionary.LatentCount)));
        return new LayerEvaluation(name, metrics.ToDictionary());
    }

    private LayerSums[][] NewSums(int sequences) =>
        [.. Enumerable.Range(0, sequences).Select(_ => _hooks.Select(_ => new LayerSums(_dictionary.ModelDim)).ToArray())];

    /// <summary>Reconstructs the kept rows of every layer and puts the reconstructions in their place.</summary>
    private void AddReconstructions(Matrix[] activations, int[] kept, int length, LayerSums[][] sums)
    {
        int layers = _hooks.Count;
        var x = new Matrix(kept.Length * layers, _dictionary.ModelDim);
        for (int row = 0; row < x.Rows; row++)
        {
            activations[row % layers].Row(kept[row / layers]).CopyTo(x.Row(row));
        }

        var reconstruction = new Matrix(x.Rows, x.Columns);
        var codes = _dictionary.Reconstruct(x, reconstruction);
        for (int row = 0; row < x.Rows; row++)
        {
            var (layer, token) = (row % layers, kept[row / layers]);
            _dead.Add(layer, codes.RowIndices(row), codes.RowValues(row));
            sums[token / length][layer].AddVector(x.Row(row), reconstruction.Row(row), codes.RowValues(row), L0.ActiveAbove);
            reconstruction.Row(row).CopyTo(activations[layer].Row(token));
        }
    }

    /// <summary>Runs the model on with one layer replaced, and compares its next-token distributions with the untouched ones.</summary>
    private void AddDownstream(int layer, TokenBatch tokens, Matrix patched, Matrix original, double[] originalNorms, LayerSums[][] sums)
    {
        var logits = _model.Forward(tokens, Replacing(_hooks[layer], patched)).Logits!;
        var norms = LogSumExps(logits);
        var divergence = new double[tokens.TokenCount];
        Workers.ForBlocks(tokens.TokenCount, 16, (first, end) =>
        {
            for (int t = first; t < end; t++)
            {
                divergence[t] = KlDivergence.Between(original.Row(t), originalNorms[t], logits.Row(t), norms[t]);
            }
        });

        for (int t = 0; t < tokens.TokenCount; t++)
        {
            double? difference = HasNext(tokens, t)
                ? DeltaCrossEntropy.CrossEntropy(logits.Row(t), norms[t], tokens.Ids[t + 1])
                  - DeltaCrossEntropy.CrossEntropy(original.Row(t), originalNorms[t], tokens.Ids[t + 1])
                : null;
            sums[t / tokens.Length][layer].AddPosition(divergence[t], difference);
        }
    }

    /// <summary>A residual stream can be gone on from; any other place is overwritten on the way.</summary>
    private static ForwardOptions Replacing(HookPoint hook, Matrix values) => hook.Kind == HookKind.ResidPost
        ? new ForwardOptions { StartLayer = hook.Layer, StartResidual = values }
        : new ForwardOptions { Edits = new Dictionary<HookPoint, Action<Matrix>> { [hook] = values.CopyTo } };

    private void AddModelCrossEntropy(TokenBatch tokens, Matrix logits, double[] norms)
    {
        for (int t = 0; t < tokens.TokenCount; t++)
        {
            if (HasNext(tokens, t))
            {
                _predictions++;
                _crossEntropy += DeltaCrossEntropy.CrossEntropy(logits.Row(t), norms[t], tokens.Ids[t + 1]);
            }
        }
    }

    private static bool HasNext(TokenBatch tokens, int t) => (t + 1) % tokens.Length != 0;

    private static double[] LogSumExps(Matrix logits)
    {
        var norms = new double[logits.Rows];
        Workers.ForBlocks(logits.Rows, 16, (first, end) =>
        {
            for (int t = first; t < end; t++)
            {
                norms[t] = KlDivergence.LogSumExp(logits.Row(t));
            }
        });
        return norms;
    }
}

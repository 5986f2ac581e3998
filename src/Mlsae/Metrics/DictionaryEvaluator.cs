using Mlsae.Dictionaries;
using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Metrics;

/// <summary>
/// Evaluates a dictionary on all the layers it is for: how well it reconstructs them, what the model loses when a layer is replaced by its reconstruction, and how often each latent
/// is active. Batches are added one by one; nothing grows with the text but the sums of each sequence.
/// </summary>
/// <remarks>Special tokens are left out: they are neither reconstructed nor replaced. Evaluating changes no state of the dictionary.</remarks>
public sealed class DictionaryEvaluator
{
    private readonly ILanguageModel _model;
    private readonly ILayeredDictionary _dictionary;
    private readonly IReadOnlyList<HookPoint> _hooks;
    private readonly IReadOnlySet<int> _specialTokens;
    private readonly LayerAblations? _ablations;
    private int _batches;
    private readonly List<LayerSums[]> _sequences = [];
    private int _contextLength;

    /// <summary>An evaluation without any text so far.</summary>
    /// <param name="model">whose activations are reconstructed</param>
    /// <param name="dictionary">for as many layers as there are hook points</param>
    /// <param name="hooks">where its vectors are read, in the order of layers</param>
    /// <param name="specialTokens">token ids that are left out</param>
    /// <param name="ablations">for the metrics <see cref="LayerMetrics.WithMeans"/>; null to leave these out and take a third of the passes</param>
    /// <exception cref="ArgumentException">The dictionary's width is not the model's, or there are no hook points.</exception>
    public DictionaryEvaluator(
        ILanguageModel model, ILayeredDictionary dictionary, IReadOnlyList<HookPoint> hooks, IReadOnlySet<int> specialTokens, LayerAblations? ablations = null)
    {
        Require.That(hooks.Count > 0, "An evaluation needs at least one hook point.");
        Require.Equal(dictionary.LayerCount, hooks.Count);
        Require.That(ablations is null || (ablations.Means.Rows == hooks.Count && ablations.Means.Columns == dictionary.ModelDim), "There must be a mean of the dictionary's width for each hook point.");
        (_model, _dictionary, _hooks, _specialTokens, _ablations) = (model, dictionary, hooks, specialTokens, ablations);
        Latents = new DictionaryLatentSums(dictionary);
        Metrics = ablations is null ? LayerMetrics.All : [.. LayerMetrics.All, .. LayerMetrics.WithMeans];
    }

    /// <summary>The metrics that are measured, but for those of latents.</summary>
    public IReadOnlyList<LayerMetric> Metrics { get; }

    /// <summary>[sequences][layers] What was summed over each sequence so far; sequences in the order in which they were added.</summary>
    public IReadOnlyList<LayerSums[]> Sequences => _sequences;

    /// <summary>How often each latent was active so far, and how strongly.</summary>
    public DictionaryLatentSums Latents { get; }

    /// <summary>Adds the sequences of one batch, each a unit of the intervals.</summary>
    /// <returns>the tokens that are not special, with their vectors and codes</returns>
    public EncodedTokens Add(TokenBatch tokens) => Add(tokens, _model.Forward(tokens, new ForwardOptions { Captures = [.. _hooks] }));

    /// <summary>Adds the sequences of one batch, where the untouched model was already run on it: several evaluators can share that.</summary>
    /// <param name="tokens">the batch</param>
    /// <param name="original">what the model gave for it, with logits and the captures of this evaluator's hook points; not changed</param>
    /// <inheritdoc cref="Add(TokenBatch)" path="/returns"/>
    public EncodedTokens Add(TokenBatch tokens, ForwardResult original)
    {
        Require.That(original.Logits is not null, "An evaluation needs the logits of the untouched model.");
        _contextLength = Math.Max(_contextLength, tokens.Length);
        var sums = Enumerable.Range(0, tokens.Sequences).Select(_ => _hooks.Select(_ => new LayerSums(_dictionary.ModelDim)).ToArray()).ToArray();
        var reconstruction = new ReconstructionPass([.. _hooks.Select(hook => original[hook])], tokens, _sequences.Count, _specialTokens);
        var (patched, encoded) = reconstruction.Run(_dictionary, _ablations?.Means, sums);
        Latents.Add(encoded);
        var downstream = new DownstreamPass(_model, tokens, original.Logits);
        for (int layer = 0; layer < _hooks.Count; layer++)
        {
            int of = layer;
            var after = downstream.Replaced(
                _hooks[layer], patched[layer], (t, forward, reverse) => sums[t / tokens.Length][of].AddPosition(forward, reverse));
            var ablated = _ablations?.CrossEntropies(_batches, tokens, layer, vector => downstream.Replaced(_hooks[of], reconstruction.Ablated(of, vector)));
            foreach (int t in Enumerable.Range(0, tokens.TokenCount).Where(downstream.HasNext))
            {
                sums[t / tokens.Length][layer].AddPrediction(downstream.CrossEntropies[t], after[t], ablated?.Zero[t] ?? double.NaN, ablated?.Mean[t] ?? double.NaN);
            }
        }

        _sequences.AddRange(sums);
        _batches++;
        return encoded;
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

        var estimates = Bootstrap.Estimates(_sequences.Count, seed, Statistics);
        return new EvaluationResult
        {
            MetricDefinitions = Metrics.Select(metric => (metric.Name, metric.Definition)).Append((DeadLatents.Name, DeadLatents.Definition)).ToDictionary(),
            Tokens = _sequences.Sum(sequence => sequence[0].Vectors),
            Sequences = _sequences.Count,
            ContextLength = _contextLength,
            Seed = seed,
            ModelCrossEntropy = _sequences.Sum(sequence => sequence[0].CrossEntropy) / _sequences.Sum(sequence => sequence[0].Predictions),
            Layers = [.. _hooks.Select((hook, layer) => Evaluation(hook.ToString(), estimates, layer, Latents.Layers[layer]))],
            Overall = Evaluation("overall", estimates, _hooks.Count, Latents.Overall),
        };
    }

    /// <summary>Every metric of every layer, then the mean over layers of each, for some sequences.</summary>
    private double[] Statistics(int[] sequences)
    {
        int layers = _hooks.Count;
        var values = new double[(layers + 1) * Metrics.Count];
        for (int layer = 0; layer < layers; layer++)
        {
            int of = layer;
            var total = LayerSums.Total(sequences.Select(s => _sequences[s][of]), _dictionary.ModelDim);
            for (int m = 0; m < Metrics.Count; m++)
            {
                double value = Metrics[m].Of(total);
                values[layer * Metrics.Count + m] = value;
                values[layers * Metrics.Count + m] += value / layers;
            }
        }

        return values;
    }

    private LayerEvaluation Evaluation(string name, Estimate[] estimates, int layer, LatentSums latents)
    {
        var metrics = Metrics.Select((metric, m) => (metric.Name, estimates[layer * Metrics.Count + m]))
            .Append((DeadLatents.Name, Estimate.Exact(DeadLatents.Fraction(latents), latents.Count)));
        return new LayerEvaluation(name, metrics.ToDictionary());
    }
}

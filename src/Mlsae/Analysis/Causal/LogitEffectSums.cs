using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Analysis.Causal;

/// <summary>Predictions with and without a latent, summed up by context.</summary>
internal sealed class LogitEffectSums
{
    private readonly double[][] _effects;
    private readonly int[] _tokens;
    private readonly double[] _divergences;
    private readonly double[] _crossEntropies;
    private readonly int[] _predictions;

    /// <summary>Sums over the drawn tokens.</summary>
    /// <param name="drawn">the tokens</param>
    /// <param name="original">[rows × vocabulary] logits of the untouched model</param>
    /// <param name="ablated">[rows × vocabulary] logits without the latent</param>
    public LogitEffectSums(DrawnPlaces drawn, Matrix original, Matrix ablated)
    {
        int contexts = drawn.Batch.Sequences;
        (_effects, _tokens, _predictions) = (new double[contexts][], new int[contexts], new int[contexts]);
        (_divergences, _crossEntropies) = (new double[contexts], new double[contexts]);
        var rows = Enumerable.Range(0, drawn.Rows.Length).ToLookup(drawn.ContextOf);
        Workers.For(contexts, context =>
        {
            _effects[context] = new double[original.Columns];
            foreach (int i in rows[context])
            {
                Add(context, original.Row(i), ablated.Row(i), NextOf(drawn.Batch, drawn.Rows[i]));
            }
        });
    }

    /// <summary>Contexts.</summary>
    public int Contexts => _effects.Length;

    /// <summary>[vocabulary] log-probability with the latent less that without it, mean over the tokens of some contexts.</summary>
    /// <param name="contexts">which, the same perhaps several times</param>
    public double[] MeanEffects(int[] contexts)
    {
        var mean = new double[_effects[0].Length];
        foreach (int context in contexts)
        {
            double[] own = _effects[context];
            for (int v = 0; v < mean.Length; v++)
            {
                mean[v] += own[v];
            }
        }

        double tokens = contexts.Sum(context => _tokens[context]);
        return [.. mean.Select(sum => sum / tokens)];
    }

    /// <summary>KL(untouched ‖ ablated), mean over the tokens of some contexts.</summary>
    public double MeanDivergence(int[] contexts) => contexts.Sum(context => _divergences[context]) / contexts.Sum(context => _tokens[context]);

    /// <summary>The rise of cross-entropy, mean over those tokens of some contexts that have a next one.</summary>
    public double MeanDeltaCrossEntropy(int[] contexts) => contexts.Sum(context => _crossEntropies[context]) / contexts.Sum(context => _predictions[context]);

    private void Add(int context, ReadOnlySpan<float> original, ReadOnlySpan<float> ablated, int? next)
    {
        double before = KlDivergence.LogSumExp(original), after = KlDivergence.LogSumExp(ablated);
        double[] effects = _effects[context];
        for (int v = 0; v < effects.Length; v++)
        {
            effects[v] += original[v] - before - (ablated[v] - after);
        }

        _tokens[context]++;
        _divergences[context] += KlDivergence.Between(original, before, ablated, after);
        if (next is { } target)
        {
            _predictions[context]++;
            _crossEntropies[context] += DeltaCrossEntropy.CrossEntropy(ablated, after, target) - DeltaCrossEntropy.CrossEntropy(original, before, target);
        }
    }

    private static int? NextOf(TokenBatch batch, int row) => (row + 1) % batch.Length == 0 ? null : batch.Ids[row + 1];
}

using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Metrics;

/// <summary>One batch's next-token predictions by the untouched model, and what they become when the activations at a hook point are replaced.</summary>
internal sealed class DownstreamPass
{
    private readonly ILanguageModel _model;
    private readonly TokenBatch _tokens;
    private readonly Matrix _logits;
    private readonly double[] _norms;

    /// <summary>The untouched predictions.</summary>
    /// <param name="model">the model</param>
    /// <param name="tokens">the batch</param>
    /// <param name="logits">[tokens × vocabulary] what the model gave for it</param>
    public DownstreamPass(ILanguageModel model, TokenBatch tokens, Matrix logits)
    {
        (_model, _tokens, _logits, _norms) = (model, tokens, logits, new double[tokens.TokenCount]);
        CrossEntropies = Measure(logits, _norms, null);
    }

    /// <summary>[tokens] Cross-entropy of the next token, in nats; NaN at the last position of a sequence.</summary>
    public double[] CrossEntropies { get; }

    /// <summary>Whether a position has a next token.</summary>
    public bool HasNext(int token) => (token + 1) % _tokens.Length != 0;

    /// <summary>[tokens] The cross-entropies with other activations at a hook point.</summary>
    /// <param name="hook">where</param>
    /// <param name="values">[tokens × width] what stands there instead</param>
    /// <param name="compare">given each position's KL(untouched ‖ replaced) and KL(replaced ‖ untouched), in the order of positions; null where they are not wanted</param>
    public double[] Replaced(HookPoint hook, Matrix values, Action<int, double, double>? compare = null)
    {
        var logits = _model.Forward(_tokens, Replacing(hook, values)).Logits!;
        var divergences = compare is null ? null : new (double Forward, double Reverse)[_tokens.TokenCount];
        var crossEntropies = Measure(logits, new double[_tokens.TokenCount], divergences);
        for (int t = 0; t < _tokens.TokenCount && divergences is not null; t++)
        {
            compare!(t, divergences[t].Forward, divergences[t].Reverse);
        }

        return crossEntropies;
    }

    private double[] Measure(Matrix logits, double[] norms, (double Forward, double Reverse)[]? divergences)
    {
        var crossEntropies = new double[_tokens.TokenCount];
        Workers.ForBlocks(_tokens.TokenCount, 16, (first, end) =>
        {
            for (int t = first; t < end; t++)
            {
                var row = logits.Row(t);
                norms[t] = KlDivergence.LogSumExp(row);
                crossEntropies[t] = HasNext(t) ? DeltaCrossEntropy.CrossEntropy(row, norms[t], _tokens.Ids[t + 1]) : double.NaN;
                if (divergences is not null)
                {
                    divergences[t] = (
                        KlDivergence.Between(_logits.Row(t), _norms[t], row, norms[t]), KlDivergence.Between(row, norms[t], _logits.Row(t), _norms[t]));
                }
            }
        });
        return crossEntropies;
    }

    /// <summary>A residual stream can be gone on from; any other place is overwritten on the way.</summary>
    public static ForwardOptions Replacing(HookPoint hook, Matrix values) => hook.Kind == HookKind.ResidPost
        ? new ForwardOptions { StartLayer = hook.Layer, StartResidual = values }
        : new ForwardOptions { Edits = new Dictionary<HookPoint, Action<Matrix>> { [hook] = values.CopyTo } };
}

using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Analysis.Patching;

/// <summary>Which of two divergences between the patched run's predictions z and the target's y.</summary>
public enum DivergenceDirection
{
    /// <summary>KL(z ‖ y), which is measured.</summary>
    PatchedFromTarget,

    /// <summary>KL(y ‖ z), whose gradient does not vanish where the patched run is certain of another token.</summary>
    TargetFromPatched,
}

/// <summary>
/// Prompt pairs with what a model makes of them: the residual streams of both runs, and the predictions of the counterfactual's last token, which a patched run of the base prompt is to come near.
/// </summary>
public sealed class PatchingTask
{
    private readonly IReadOnlyDictionary<HookPoint, Matrix> _base, _target;
    private readonly Matrix _targetLogits;
    private readonly double[] _targetLogSumExp;

    /// <summary>Runs the model on both sides of every pair.</summary>
    /// <param name="model">the model</param>
    /// <param name="pairs">the pairs</param>
    /// <exception cref="ArgumentException">A token id or length does not fit the model.</exception>
    public PatchingTask(LanguageModel model, PromptPairs pairs)
    {
        (Model, Pairs) = (model, pairs);
        var options = new ForwardOptions { LogitRows = pairs.LastRows, Captures = [.. Enumerable.Range(0, model.LayerCount).Select(HookPoint.ResidPost)] };
        var (original, target) = (model.Forward(pairs.Base, options), model.Forward(pairs.Target, options));
        (_base, _target, _targetLogits) = (original.Captured, target.Captured, target.Logits!);
        _targetLogSumExp = [.. Enumerable.Range(0, pairs.Count).Select(pair => KlDivergence.LogSumExp(_targetLogits.Row(pair)))];
        Unpatched = [.. Enumerable.Range(0, pairs.Count).Select(pair => Divergence(pair, original.Logits!.Row(pair)))];
    }

    /// <summary>The model.</summary>
    public LanguageModel Model { get; }

    /// <summary>The pairs.</summary>
    public PromptPairs Pairs { get; }

    /// <summary>[pairs] KL(base ‖ target) of the runs as they are, in nats: nothing patched.</summary>
    public IReadOnlyList<double> Unpatched { get; }

    /// <summary>[pairs · Length × d_model] the residual stream of the base run after a block.</summary>
    public Matrix BaseResidual(int layer) => _base[HookPoint.ResidPost(layer)];

    /// <summary>[pairs · Length × d_model] that of the counterfactual's run.</summary>
    public Matrix TargetResidual(int layer) => _target[HookPoint.ResidPost(layer)];

    /// <summary>KL(patched ‖ target) at a pair's last token, in nats: D(z ‖ y) of Cunningham et al. 2023, section 4.</summary>
    /// <param name="pair">which pair</param>
    /// <param name="logits">[vocabulary] of the patched run</param>
    public double Divergence(int pair, ReadOnlySpan<float> logits) =>
        KlDivergence.Between(logits, KlDivergence.LogSumExp(logits), _targetLogits.Row(pair), _targetLogSumExp[pair]);

    /// <summary>The gradient of each pair's divergence in the residual stream after a block.</summary>
    /// <param name="direction">which of the two divergences</param>
    /// <param name="layer">the block</param>
    /// <param name="residual">[pairs · Length × d_model] where the gradient is taken: the run goes on from here</param>
    /// <returns>[pairs · Length × d_model]</returns>
    public Matrix ResidualGradient(DivergenceDirection direction, int layer, Matrix residual) => Model.ResidualGradients(
        Pairs.Base,
        new GradientRequest((firstPair, logits) =>
        {
            for (int row = 0; row < logits.Rows; row++)
            {
                ToGradient(direction, firstPair + row, logits.Row(row));
            }
        })
        {
            Rows = Pairs.LastRows, Layers = [layer], StartLayer = layer, StartResidual = residual,
        })[layer];

    /// <summary>From logits z to the gradient in them, with p = softmax z and the target's q: p (ln p − ln q − KL) of KL(p ‖ q), p − q of KL(q ‖ p).</summary>
    private void ToGradient(DivergenceDirection direction, int pair, Span<float> logits)
    {
        double logSumExp = KlDivergence.LogSumExp(logits), divergence = Divergence(pair, logits);
        var target = _targetLogits.Row(pair);
        for (int v = 0; v < logits.Length; v++)
        {
            double logP = logits[v] - logSumExp, logQ = target[v] - _targetLogSumExp[pair], p = Math.Exp(logP);
            logits[v] = (float)(direction == DivergenceDirection.PatchedFromTarget ? p * (logP - logQ - divergence) : p - Math.Exp(logQ));
        }
    }
}

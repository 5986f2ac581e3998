using MathNet.Numerics.Statistics;
using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Analysis.Causal;

/// <summary>
/// What latents at one layer do to the model's predictions: contexts where a latent is active are run on from that layer with the latent taken away at every token, and each token's log-probability
/// is compared at the tokens where it was active. Bricken et al. 2023 (ablation), Cunningham et al. 2023 (less than rank one).
/// </summary>
/// <param name="model">the model</param>
/// <param name="hook">where the layer's vectors are read</param>
/// <param name="dictionary">the dictionary at that layer</param>
/// <param name="text">where latents are active</param>
/// <param name="config">how much is looked at</param>
public sealed class LogitEffectMeasure(LanguageModel model, HookPoint hook, DictionaryAtLayer dictionary, LatentText text, LogitEffectConfig config)
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition =
        "logit_effects/1: mean over drawn tokens where the latent is active of log p(token | untouched) - log p(token | latent taken away at every token of the context), nats";

    private static readonly AblationKind[] Kinds = [AblationKind.LessThanRankOne, AblationKind.Threshold, AblationKind.Zero, AblationKind.Mean];

    private readonly int[] _common = [.. Enumerable.Range(0, model.VocabularySize).Where(token => text.Occurrences(token) >= config.FewestOccurrences && !text.IsSpecial(token))];

    /// <summary>Measures one latent.</summary>
    /// <param name="latent">one that is active at this layer somewhere in the text</param>
    /// <param name="display">how a token is shown</param>
    /// <returns>the effects, and [kinds × vocabulary] the mean effects of each kind on every token, the direct weights in a last row</returns>
    public (LayerLogitEffects Effects, Matrix Numbers) Measure(int latent, Func<int, string> display)
    {
        var places = text.Places(dictionary.Layer, latent);
        var drawn = DrawnPlaces.Of(
            text, places, config.Contexts, config.TokensPerContext, new Philox(config.Seed, "logit effects", (ulong)text.UnitOf(dictionary.Layer, latent)));
        var untouched = model.Forward(drawn.Batch, new ForwardOptions { Captures = [hook], LogitRows = drawn.Rows });
        float[] values = DictionaryAtLayer.ValuesOf(dictionary.Encode(untouched[hook]), latent);
        var (kinds, numbers) = (KindsOf(latent), new Matrix(KindsOf(latent).Length + 1, model.VocabularySize));
        var directions = new Matrix(1, dictionary.Direction(latent).Length, dictionary.Direction(latent).ToArray());
        LogitWeights.Of(model.Weights, directions, hook).CopyTo(numbers.RowWindow(kinds.Length, 1));
        double[] direct = Common(numbers.Row(kinds.Length).ToArray().Select(weight => (double)weight).ToArray()), probabilities = MeanProbabilities(untouched.Logits!);
        var ablations = kinds.Select((kind, i) =>
            Ablate(new LatentPass(latent, kind, drawn, untouched, values), direct, probabilities, numbers.Row(i), display)).ToArray();
        return (new LayerLogitEffects(
            dictionary.Layer, places.Count, places.Max(place => place.Value), drawn.Batch.Sequences, drawn.Rows.Length, drawn.Values.Average(), Direct(true), Direct(false), ablations), numbers);

        IReadOnlyList<TokenEffect> Direct(bool promoted) =>
            [.. Ranked(direct, promoted).Select(i => new TokenEffect(_common[i], display(_common[i]), Estimate.Exact(direct[i], 1), probabilities[_common[i]]))];
    }

    /// <summary>To a threshold only where the latent has one.</summary>
    private AblationKind[] KindsOf(int latent) => [.. Kinds.Where(kind => kind != AblationKind.Threshold || dictionary.Threshold(latent) > 0)];

    private AblationEffects Ablate(LatentPass pass, double[] direct, double[] probabilities, Span<float> numbers, Func<int, string> display)
    {
        var x = pass.Untouched[hook].Copy();
        double mean = pass.Kind == AblationKind.Mean ? text.MeanInTransformerUnits(dictionary.Layer, pass.Latent) : 0;
        var steps = AblationSteps.Of(dictionary, pass.Latent, pass.Kind, x, pass.Values, mean, row => text.IsSpecial(pass.Drawn.Batch.Ids[row]));
        steps.Apply(x, dictionary.Direction(pass.Latent));
        var ablated = model.Forward(pass.Drawn.Batch, DownstreamPass.Replacing(hook, x) with { LogitRows = pass.Drawn.Rows }).Logits!;
        var sums = new LogitEffectSums(pass.Drawn, pass.Untouched.Logits!, ablated);
        double[] effects = sums.MeanEffects([.. Enumerable.Range(0, sums.Contexts)]);
        for (int v = 0; v < effects.Length; v++)
        {
            numbers[v] = (float)effects[v];
        }

        int[] promoted = Ranked(Common(effects), true), suppressed = Ranked(Common(effects), false);
        var estimates = Bootstrap.Estimates(sums.Contexts, config.Seed, drawn =>
        {
            double[] own = Common(sums.MeanEffects(drawn));
            return [sums.MeanDivergence(drawn), sums.MeanDeltaCrossEntropy(drawn), Correlation.Spearman(own, direct), .. promoted.Concat(suppressed).Select(i => own[i])];
        });
        TokenEffect Token(int i, int at) => new(_common[i], display(_common[i]), estimates[3 + at], probabilities[_common[i]]);
        return new AblationEffects(
            pass.Kind, steps.Edited, steps.Unsolved, estimates[0], estimates[1], estimates[2], [.. promoted.Select(Token)], [.. suppressed.Select((i, at) => Token(i, promoted.Length + at))]);
    }

    private double[] Common(double[] all) => [.. _common.Select(token => all[token])];

    /// <summary>Which of the common tokens have the largest numbers above 0, or the smallest below 0; equals in the order of their ids.</summary>
    private int[] Ranked(double[] common, bool promoted)
    {
        double sign = promoted ? 1 : -1;
        return [.. Enumerable.Range(0, common.Length).Where(i => sign * common[i] > 0).OrderByDescending(i => sign * common[i]).ThenBy(i => i).Take(config.Shown)];
    }

    /// <summary>[vocabulary]</summary>
    private static double[] MeanProbabilities(Matrix logits)
    {
        var mean = new double[logits.Columns];
        for (int row = 0; row < logits.Rows; row++)
        {
            double norm = KlDivergence.LogSumExp(logits.Row(row));
            for (int v = 0; v < mean.Length; v++)
            {
                mean[v] += Math.Exp(logits[row, v] - norm) / logits.Rows;
            }
        }

        return mean;
    }

    /// <summary>A latent that is taken away in one way, in drawn contexts that were read without that.</summary>
    private sealed record LatentPass(int Latent, AblationKind Kind, DrawnPlaces Drawn, ForwardResult Untouched, float[] Values);
}

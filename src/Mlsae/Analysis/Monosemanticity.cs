using Mlsae.Metrics;
using Mlsae.Numerics;
using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis;

/// <summary>
/// Σ_{test tokens with the concept} a / Σ_{test tokens} a of a unit with activation a: how much of its activation lies inside its best concept. That is the scored concept with the
/// highest F1 on the tokens for selection, over all thresholds; a unit that is active there on no scored concept's token has none, and counts 0.
/// </summary>
/// <remarks>
/// The mean is over the units of layers that are active on both halves; a latent's greatest activation over all layers would count its layers twice. A dense unit gets at least the
/// concept's frequency, so compare with random directions.
/// </remarks>
public static class Monosemanticity
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition =
        "monosemanticity/1: mean over the units of layers that are active on both halves of the share of a unit's activation on the test half where its best concept is true; the best concept is that of the highest F1 on the selection half";

    private const int UnitsInBlock = 64;

    /// <summary>The mean over all units of layers, and over those of each layer, with intervals over units.</summary>
    /// <param name="units">their activations</param>
    /// <param name="tokens">the tokens and their concepts</param>
    /// <param name="bestConcepts">[units] the concept that each tells best; null for none</param>
    /// <param name="seed">of the bootstrap</param>
    internal static (Estimate Overall, IReadOnlyDictionary<int, Estimate> ByLayer) Measure(
        IUnitActivations units, ConceptTokens tokens, IReadOnlyList<int?> bestConcepts, ulong seed)
    {
        var shares = new double[units.UnitCount];
        Workers.ForBlocks(units.UnitCount, UnitsInBlock, (start, end) =>
        {
            var (active, values) = (new int[units.TokenCount], new float[units.TokenCount]);
            for (int unit = start; unit < end; unit++)
            {
                int count = units.NameOf(unit).Layer is null ? 0 : units.Read(unit, active, values);
                shares[unit] = Share(active.AsSpan(0, count), values.AsSpan(0, count), tokens, bestConcepts[unit]);
            }
        });

        var byLayer = Enumerable.Range(0, shares.Length).Where(unit => units.NameOf(unit).Layer is not null)
            .GroupBy(unit => units.NameOf(unit).Layer!.Value, unit => shares[unit]);
        return (Mean(shares, seed), byLayer.ToDictionary(layer => layer.Key, layer => Mean(layer, seed)));
    }

    /// <summary>The share of one unit; NaN where it is not active on both halves.</summary>
    private static double Share(ReadOnlySpan<int> active, ReadOnlySpan<float> values, ConceptTokens tokens, int? concept)
    {
        double inside = 0, all = 0;
        bool chosen = false;
        for (int i = 0; i < active.Length; i++)
        {
            chosen |= tokens.IsSelection(active[i]);
            if (tokens.IsTest(active[i]))
            {
                all += values[i];
                inside += concept is { } best && tokens[active[i]].Contains(Concepts.All[best]) ? values[i] : 0;
            }
        }

        return chosen && all > 0 ? inside / all : double.NaN;
    }

    private static Estimate Mean(IEnumerable<double> shares, ulong seed)
    {
        double[] live = [.. shares.Where(share => !double.IsNaN(share))];
        return Bootstrap.Estimates(live.Length, seed, drawn =>
        {
            double sum = 0;
            foreach (int unit in drawn)
            {
                sum += live[unit];
            }

            return [sum / drawn.Length];
        })[0];
    }
}

using Mlsae.Numerics;

namespace Mlsae.Analysis.Facts;

/// <summary>
/// Which latents tell facts. As <see cref="ConceptScores"/> does it: a latent at a layer says 'true' where its value is at least a threshold; both are those of the highest F1 on the tokens for
/// selection, every threshold tried, and F1 is reported on the other tokens.
/// </summary>
public static class FactSearch
{
    private const int UnitsInBlock = 64;

    /// <summary>The latent and layer that tell each fact best. Of equally good ones the first.</summary>
    /// <param name="latents">their activations, a token for each of <paramref name="facts"/></param>
    /// <param name="facts">what is true of the tokens</param>
    /// <param name="wanted">places in <see cref="TextFacts.Names"/></param>
    /// <param name="firstLayer">layers before it are not looked at</param>
    /// <returns>[wanted] null where no latent is active on a token of the fact</returns>
    public static IReadOnlyList<ConceptScore?> Best(LatentActivations latents, TextFacts facts, IReadOnlyList<int> wanted, int firstLayer = 0)
    {
        Require.Equal(latents.TokenCount, facts.TokenCount);
        int[] places = [.. TextFacts.Names.Select((_, fact) => wanted.ToList().IndexOf(fact))];
        int[] units = [.. Enumerable.Range(0, latents.UnitCount).Where(unit => latents.NameOf(unit).Layer >= firstLayer)];
        long[] positives = Positives(facts, wanted);
        var blocks = new Detector[(units.Length + UnitsInBlock - 1) / UnitsInBlock][];
        Workers.ForBlocks(units.Length, UnitsInBlock, (start, end) =>
        {
            var best = blocks[start / UnitsInBlock] = new Detector[wanted.Count];
            var unit = new FactUnit(latents, facts);
            for (int i = start; i < end; i++)
            {
                unit.Sweep(units[i], places, positives, best);
            }
        });

        // Blocks are merged in order, so that the choice among equals does not depend on threads.
        return [.. wanted.Select((fact, i) => blocks.Select(block => block[i]).MaxBy(best => best.F1) is { F1: > 0 } found ? Test(latents, facts, fact, found) : null)];
    }

    /// <summary>The fact that a latent at a layer tells best; null where it is active on no token of any.</summary>
    /// <param name="latents">their activations, a token for each of <paramref name="facts"/></param>
    /// <param name="facts">what is true of the tokens</param>
    /// <param name="unit">which of the latents' units</param>
    /// <param name="fewest">facts with fewer tokens for selection are not looked at</param>
    public static ConceptScore? Told(LatentActivations latents, TextFacts facts, int unit, int fewest = ConceptScores.FewestPositives)
    {
        int[] all = [.. Enumerable.Range(0, TextFacts.Names.Count)];
        long[] positives = [.. Positives(facts, all).Select(count => count < fewest ? long.MaxValue / 4 : count)];
        var best = new Detector[all.Length];
        new FactUnit(latents, facts).Sweep(unit, all, positives, best);
        int told = Array.IndexOf(best, best.MaxBy(detector => detector.F1));
        return best[told].F1 > 1e-9 ? Test(latents, facts, told, best[told]) : null;
    }

    private static long[] Positives(TextFacts facts, IReadOnlyList<int> wanted)
    {
        var counts = new long[TextFacts.Names.Count];
        for (int token = 0; token < facts.TokenCount; token++)
        {
            foreach (int fact in facts.IsSelection(token) ? facts[token] : [])
            {
                counts[fact]++;
            }
        }

        return [.. wanted.Select(fact => counts[fact])];
    }

    private static ConceptScore Test(LatentActivations latents, TextFacts facts, int fact, Detector detector)
    {
        int said = 0, right = 0, positives = 0;
        foreach (var (token, value) in new FactUnit(latents, facts).Read(detector.Unit))
        {
            if (facts.IsTest(token) && value >= detector.Threshold)
            {
                said++;
                right += facts[token].Contains(fact) ? 1 : 0;
            }
        }

        for (int token = 0; token < facts.TokenCount; token++)
        {
            positives += facts.IsTest(token) && facts[token].Contains(fact) ? 1 : 0;
        }

        var (layer, latent) = latents.NameOf(detector.Unit);
        return new ConceptScore(
            TextFacts.Names[fact], layer, latent, detector.Threshold, detector.F1, said + positives == 0 ? 0 : 2.0 * right / (said + positives), said == 0 ? 0 : (double)right / said,
            positives == 0 ? 0 : (double)right / positives, positives);
    }

    /// <summary>A unit with a threshold and its F1 on the tokens for selection.</summary>
    private readonly record struct Detector(int Unit, float Threshold, double F1);

    /// <summary>Reads units one after the other, with buffers of its own.</summary>
    private sealed class FactUnit(LatentActivations latents, TextFacts facts)
    {
        private readonly int[] _tokens = new int[latents.TokenCount];
        private readonly float[] _values = new float[latents.TokenCount];

        public IEnumerable<(int Token, float Value)> Read(int unit)
        {
            int count = latents.Read(unit, _tokens, _values);
            for (int i = 0; i < count; i++)
            {
                yield return (_tokens[i], _values[i]);
            }
        }

        /// <summary>Lowers the threshold from the highest value. With n tokens at or above it, f of them of a fact that has p in all, F1 = 2f / (n + p). Tokens of equal value come in together.</summary>
        /// <param name="unit">which unit</param>
        /// <param name="places">[facts] the place of each fact in the results; −1 where it is not wanted</param>
        /// <param name="positives">[results] p</param>
        /// <param name="best">[results] Replaced where this unit is better.</param>
        public void Sweep(int unit, int[] places, long[] positives, Detector[] best)
        {
            int count = ReadSelection(unit);
            Array.Sort(_values, _tokens, 0, count);
            var found = new int[best.Length];
            var touched = new List<int>();
            for (int i = count - 1; i >= 0;)
            {
                float threshold = _values[i];
                touched.Clear();
                for (; i >= 0 && _values[i] == threshold; i--)
                {
                    foreach (int fact in facts[_tokens[i]])
                    {
                        if (places[fact] >= 0)
                        {
                            found[places[fact]]++;
                            touched.Add(places[fact]);
                        }
                    }
                }

                foreach (int place in touched)
                {
                    double f1 = 2.0 * found[place] / (count - 1 - i + positives[place]);
                    best[place] = f1 > best[place].F1 ? new Detector(unit, threshold, f1) : best[place];
                }
            }
        }

        private int ReadSelection(int unit)
        {
            int count = latents.Read(unit, _tokens, _values), kept = 0;
            for (int i = 0; i < count; i++)
            {
                if (facts.IsSelection(_tokens[i]))
                {
                    (_tokens[kept], _values[kept]) = (_tokens[i], _values[i]);
                    kept++;
                }
            }

            return kept;
        }
    }
}

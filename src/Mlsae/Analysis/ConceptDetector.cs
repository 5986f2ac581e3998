using Mlsae.Numerics;
using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis;

/// <summary>A unit with a threshold, and the F1 it has on the tokens for selection.</summary>
internal readonly record struct ConceptDetector(int Unit, float Threshold, double F1)
{
    private const int UnitsInBlock = 64;

    /// <summary>Looks for the detectors of highest F1. Of equally good ones that of the first unit is taken, with its highest threshold.</summary>
    /// <param name="units">the units</param>
    /// <param name="tokens">of which those for selection are looked at</param>
    /// <param name="scored">the concepts that count as a unit's best</param>
    public static ConceptDetectors Best(IUnitActivations units, ConceptTokens tokens, ConceptSet scored)
    {
        var searches = new Search[(units.UnitCount + UnitsInBlock - 1) / UnitsInBlock];
        var bestConcepts = new int?[units.UnitCount];
        Workers.ForBlocks(units.UnitCount, UnitsInBlock, (start, end) =>
        {
            var search = searches[start / UnitsInBlock] = new Search(units, tokens, scored);
            for (int unit = start; unit < end; unit++)
            {
                bestConcepts[unit] = search.Try(unit);
            }

            search.Release();
        });

        // Blocks are merged in order, so that the choice among equals does not depend on threads.
        var byLayer = searches.SelectMany(search => search.Best).GroupBy(best => best.Key, best => best.Value)
            .ToDictionary(layer => layer.Key, layer => Enumerable.Range(0, Concepts.All.Count).Select(concept => layer.Select(best => best[concept]).MaxBy(d => d.F1)).ToArray());
        return new ConceptDetectors(byLayer, bestConcepts);
    }

    /// <summary>The search within one block of units, with its buffers.</summary>
    private sealed class Search(IUnitActivations units, ConceptTokens tokens, ConceptSet scored)
    {
        private readonly int[] _found = new int[Concepts.All.Count];
        private int[] _active = new int[units.TokenCount];
        private float[] _values = new float[units.TokenCount];

        /// <summary>[concepts] The best of this block's units for each layer; −1 for units over all layers.</summary>
        public Dictionary<int, ConceptDetector[]> Best { get; } = [];

        /// <summary>Gives the buffers back: the searches of all blocks are kept until the last is done.</summary>
        public void Release() => (_active, _values) = ([], []);

        /// <summary>
        /// Lowers the threshold from the highest activation to the lowest. With n tokens at or above it, f of them positive, of p positive ones in all, F1 = 2f / (n + p);
        /// a concept's F1 can only rise where a token is positive, so it is looked at only there. Tokens of equal activation come in together.
        /// </summary>
        /// <returns>the scored concept that the unit itself tells best; null where it is active on none's tokens, or on no token</returns>
        public int? Try(int unit)
        {
            int layer = units.NameOf(unit).Layer ?? ConceptDetectors.AnyLayer;
            var best = Best.TryGetValue(layer, out var known) ? known : Best[layer] = new ConceptDetector[Concepts.All.Count];
            (int? Concept, double F1) own = (null, 0);
            int count = ReadSelection(unit);
            Array.Sort(_values, _active, 0, count);
            Array.Clear(_found);
            for (int i = count - 1; i >= 0;)
            {
                float threshold = _values[i];
                UInt128 touched = 0;
                for (; i >= 0 && _values[i] == threshold; i--)
                {
                    var concepts = tokens[_active[i]];
                    touched |= concepts.Bits;
                    foreach (int concept in concepts.Ids)
                    {
                        _found[concept]++;
                    }
                }

                foreach (int concept in new ConceptSet(touched).Ids)
                {
                    double f1 = 2.0 * _found[concept] / (count - 1 - i + tokens.PositivesInSelection[concept]);
                    best[concept] = f1 > best[concept].F1 ? new ConceptDetector(unit, threshold, f1) : best[concept];
                    own = f1 > own.F1 && scored.Contains(Concepts.All[concept]) ? (concept, f1) : own;
                }
            }

            return own.Concept;
        }

        private int ReadSelection(int unit)
        {
            int active = units.Read(unit, _active, _values), kept = 0;
            for (int i = 0; i < active; i++)
            {
                if (tokens.IsSelection(_active[i]))
                {
                    _active[kept] = _active[i];
                    _values[kept++] = _values[i];
                }
            }

            return kept;
        }
    }
}

/// <summary>What a search for detectors found.</summary>
/// <param name="ByLayer">[concepts] the best among the units of each layer; <see cref="AnyLayer"/> for units over all layers</param>
/// <param name="BestConcepts">[units] the concept that each unit tells best; null where it tells none</param>
internal sealed record ConceptDetectors(IReadOnlyDictionary<int, ConceptDetector[]> ByLayer, IReadOnlyList<int?> BestConcepts)
{
    /// <summary>Stands for the units that have no layer.</summary>
    public const int AnyLayer = -1;

    /// <summary>[concepts] The best among all units; of equally good ones the first unit.</summary>
    public ConceptDetector[] Overall { get; } =
        [.. Enumerable.Range(0, Concepts.All.Count).Select(concept => ByLayer.Values.Select(layer => layer[concept]).OrderBy(d => d.Unit).MaxBy(d => d.F1))];
}

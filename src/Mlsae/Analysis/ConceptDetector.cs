using Mlsae.Numerics;
using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis;

/// <summary>A unit with a threshold, and the F1 it has on the tokens for selection.</summary>
internal readonly record struct ConceptDetector(int Unit, float Threshold, double F1)
{
    private const int UnitsInBlock = 64;

    /// <summary>[concepts] The detector of the highest F1 for each concept; of equally good ones that of the first unit, with its highest threshold.</summary>
    public static ConceptDetector[] Best(IUnitActivations units, ConceptTokens tokens)
    {
        var blocks = new ConceptDetector[(units.UnitCount + UnitsInBlock - 1) / UnitsInBlock][];
        Workers.ForBlocks(units.UnitCount, UnitsInBlock, (start, end) =>
        {
            var search = new Search(units, tokens);
            for (int unit = start; unit < end; unit++)
            {
                search.Try(unit);
            }

            blocks[start / UnitsInBlock] = search.Best;
        });

        // Blocks are merged in order, so that the choice among equals does not depend on threads.
        return [.. Enumerable.Range(0, Concepts.All.Count).Select(concept => blocks.Select(b => b[concept]).MaxBy(d => d.F1))];
    }

    /// <summary>The search within one block of units, with its buffers.</summary>
    private sealed class Search(IUnitActivations units, ConceptTokens tokens)
    {
        private readonly int[] _active = new int[units.TokenCount];
        private readonly float[] _values = new float[units.TokenCount];
        private readonly int[] _found = new int[Concepts.All.Count];

        public ConceptDetector[] Best { get; } = new ConceptDetector[Concepts.All.Count];

        /// <summary>
        /// Lowers the threshold from the highest activation to the lowest. With n tokens at or above it, f of them positive, of p positive ones in all, F1 = 2f / (n + p);
        /// a concept's F1 can only rise where a token is positive, so it is looked at only there. Tokens of equal activation come in together.
        /// </summary>
        public void Try(int unit)
        {
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

                Consider(unit, threshold, count - 1 - i, touched);
            }
        }

        private void Consider(int unit, float threshold, int said, UInt128 touched)
        {
            foreach (int concept in new ConceptSet(touched).Ids)
            {
                double f1 = 2.0 * _found[concept] / (said + tokens.PositivesInSelection[concept]);
                if (f1 > Best[concept].F1)
                {
                    Best[concept] = new ConceptDetector(unit, threshold, f1);
                }
            }
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

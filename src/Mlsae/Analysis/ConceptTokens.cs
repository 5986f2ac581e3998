using Mlsae.Numerics;
using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis;

/// <summary>The tokens on which units are scored: those of every other context choose the unit and its threshold, those of the rest measure how good the choice is.</summary>
public sealed class ConceptTokens
{
    private readonly ConceptSet[] _concepts;
    private readonly Half[] _halves;

    private enum Half : byte
    {
        None,
        Selection,
        Test,
    }

    /// <summary>The tokens of annotated contexts, one context after the other.</summary>
    /// <param name="contexts">those of even number are for selection, the others for the test</param>
    /// <param name="specialIds">tokens that are left out</param>
    public ConceptTokens(IReadOnlyList<AnnotatedTokens> contexts, IReadOnlyCollection<int> specialIds)
    {
        _concepts = [.. contexts.SelectMany(c => c.Concepts)];
        _halves = [.. contexts.SelectMany((context, i) => context.Ids.Select(id =>
            specialIds.Contains(id) ? Half.None : i % 2 == 0 ? Half.Selection : Half.Test))];
        Require.Equal(_concepts.Length, _halves.Length);
        PositivesInSelection = Positives(Half.Selection);
        PositivesInTest = Positives(Half.Test);
    }

    /// <summary>Tokens of all contexts, the special ones included: rows of activations.</summary>
    public int TokenCount => _concepts.Length;

    /// <summary>[concepts] tokens of the selection half of which each concept is true.</summary>
    public IReadOnlyList<int> PositivesInSelection { get; }

    /// <summary>[concepts] tokens of the test half of which each concept is true.</summary>
    public IReadOnlyList<int> PositivesInTest { get; }

    /// <summary>Tokens of the selection half.</summary>
    public int SelectionCount => _halves.Count(h => h == Half.Selection);

    /// <summary>Tokens of the test half.</summary>
    public int TestCount => _halves.Count(h => h == Half.Test);

    /// <summary>The concepts that are true of a token.</summary>
    public ConceptSet this[int token] => _concepts[token];

    /// <summary>Whether a token belongs to the selection half.</summary>
    public bool IsSelection(int token) => _halves[token] == Half.Selection;

    /// <summary>Whether a token belongs to the test half.</summary>
    public bool IsTest(int token) => _halves[token] == Half.Test;

    private int[] Positives(Half half)
    {
        var counts = new int[Concepts.All.Count];
        for (int token = 0; token < _concepts.Length; token++)
        {
            if (_halves[token] == half)
            {
                foreach (int concept in _concepts[token].Ids)
                {
                    counts[concept]++;
                }
            }
        }

        return counts;
    }
}

using Mlsae.Numerics;

namespace Mlsae.Analysis.Interpretation;

/// <summary>
/// Gathers one unit's records as fragments pass: those with its greatest activations, and a random choice of those in which it varies. Memory does not grow with the text. The result does not depend on the order
/// in which fragments come.
/// </summary>
/// <param name="seed">of the random choice</param>
/// <param name="unit">each unit has a choice of its own</param>
public sealed class UnitRecorder(ulong seed, UnitAddress unit)
{
    /// <summary>Fragments of greatest activation. A unit that varies in fewer fragments is skipped, as published.</summary>
    public const int TopCount = 20;

    /// <summary>Random fragments.</summary>
    public const int RandomCount = 20;

    // The fragments that explain are taken out of the random ones, so there must be as many more.
    private const int RandomKept = RandomCount + RecordSplits.PerSplit;

    // A fragment's place in a random order of all: its number of a random stream.
    private readonly Philox _order = new(seed, $"random fragments of {unit.Dictionary} at layer {unit.Layer}", (ulong)unit.Index);
    private readonly List<Kept> _top = new(TopCount + 1);
    private readonly List<Kept> _random = new(RandomKept + 1);

    /// <summary>The unit.</summary>
    public UnitAddress Unit => unit;

    /// <summary>Fragments so far in which the unit's activation is not the same on all tokens.</summary>
    public int FragmentsWithVariation { get; private set; }

    /// <summary>Whether it varies in enough fragments to be explained and scored.</summary>
    public bool HasEnough => FragmentsWithVariation >= TopCount;

    /// <summary>Takes in a fragment.</summary>
    /// <param name="fragment">which, from 0; each once</param>
    /// <param name="values">[tokens] the unit's activations, none negative</param>
    public void Add(int fragment, ReadOnlySpan<float> values)
    {
        float largest = float.NegativeInfinity, smallest = float.PositiveInfinity;
        foreach (float value in values)
        {
            (largest, smallest) = (Math.Max(largest, value), Math.Min(smallest, value));
        }

        if (!(largest > smallest))
        {
            return;
        }

        FragmentsWithVariation++;
        Keep(_top, TopCount, -largest, fragment, values);
        _order.Position = 2 * (ulong)fragment;
        Keep(_random, RandomKept, _order.NextDouble(), fragment, values);
    }

    /// <summary>The unit's records.</summary>
    /// <param name="fragments">the fragments by their numbers</param>
    /// <param name="published">whether fragments that explain may be among the random ones too, as in the published code</param>
    /// <returns>null where it varies in too few fragments</returns>
    public UnitRecord? Record(IReadOnlyList<TextFragment> fragments, bool published = false)
    {
        if (!HasEnough)
        {
            return null;
        }

        var explained = published ? [] : RecordSplits.ExplainedRanks.Select(rank => _top[rank].Fragment).ToHashSet();
        FragmentRecord Of(Kept kept) => new(fragments[kept.Fragment], kept.Values);
        return new UnitRecord([.. _top.Select(Of)], [.. _random.Where(kept => !explained.Contains(kept.Fragment)).Take(RandomCount).Select(Of)]);
    }

    /// <summary>Puts a fragment in its place among those of the smallest keys, where it is one of them.</summary>
    private static void Keep(List<Kept> kept, int most, double key, int fragment, ReadOnlySpan<float> values)
    {
        if (kept.Count == most && kept[^1].CompareTo((key, fragment)) < 0)
        {
            return;
        }

        int place = kept.FindIndex(other => other.CompareTo((key, fragment)) > 0);
        kept.Insert(place < 0 ? kept.Count : place, new Kept(key, fragment, values.ToArray()));
        if (kept.Count > most)
        {
            kept.RemoveAt(most);
        }
    }

    private readonly record struct Kept(double Key, int Fragment, float[] Values)
    {
        public int CompareTo((double Key, int Fragment) other) => (Key, Fragment).CompareTo(other);
    }
}

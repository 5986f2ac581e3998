using Mlsae.Analysis;
using Mlsae.Analysis.Interpretation;
using Mlsae.Dictionaries;

namespace Mlsae.Pipelines.Interpretations;

/// <summary>What a unit did on the fragments.</summary>
/// <param name="Unit">which</param>
/// <param name="FragmentsWithVariation">fragments in which it varies</param>
/// <param name="Moments">of its values on all tokens</param>
/// <param name="Record">its records; null where it varies in too few fragments</param>
public sealed record HarvestedUnit(UnitAddress Unit, int FragmentsWithVariation, LatentMoments Moments, UnitRecord? Record);

/// <summary>Units of one dictionary, or of what is compared with it.</summary>
/// <param name="Name">what results call it</param>
/// <param name="Description">what it is</param>
/// <param name="Layers">[layers][units]</param>
public sealed record HarvestedDictionary(string Name, string Description, IReadOnlyList<IReadOnlyList<HarvestedUnit>> Layers);

/// <summary>What was gathered from a run's model before anything is explained.</summary>
/// <param name="Hooks">where the layers are</param>
/// <param name="Fragments">the fragments</param>
/// <param name="PassedOver">documents without one</param>
/// <param name="Dictionaries">the run's own, then what it is compared with</param>
/// <param name="Baselines">the baselines that were computed for this</param>
public sealed record HarvestedUnits(
    IReadOnlyList<string> Hooks, IReadOnlyList<TextFragment> Fragments, PassedOverDocuments PassedOver, IReadOnlyList<HarvestedDictionary> Dictionaries,
    IReadOnlyList<(string Name, ILayeredDictionary Dictionary)> Baselines)
{
    /// <summary>All units, first those of every dictionary and layer that are first there, then the second ones: so work that is stopped has equally many of each.</summary>
    public IReadOnlyList<HarvestedUnit> InTurns() =>
        [.. Dictionaries.SelectMany(dictionary => dictionary.Layers).SelectMany(layer => layer.Index()).OrderBy(unit => unit.Index).Select(unit => unit.Item)];
}

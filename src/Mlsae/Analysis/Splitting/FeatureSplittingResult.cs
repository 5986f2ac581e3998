using Mlsae.Analysis.Units;
using Mlsae.Metrics;

namespace Mlsae.Analysis.Splitting;

/// <summary>How the latents of a dictionary split in a larger one.</summary>
public sealed record FeatureSplittingResult
{
    /// <summary>Name and version of the definition.</summary>
    public string Definition { get; init; } = FeatureSplits.Definition;

    /// <summary>Name of the smaller dictionary, whose latents are parents.</summary>
    public required string Parent { get; init; }

    /// <summary>Name of the larger one.</summary>
    public required string Child { get; init; }

    /// <summary>Rows that both encoded: tokens, at each layer.</summary>
    public required long Rows { get; init; }

    /// <summary>Contexts they are from.</summary>
    public required int Contexts { get; init; }

    /// <summary>Latents of the smaller dictionary, and how many fire often enough to be compared.</summary>
    public required UnitCensus Parents { get; init; }

    /// <summary>The same of the larger one.</summary>
    public required UnitCensus Children { get; init; }

    /// <summary>Of each child the edge to its nearest parent, by parent and then child.</summary>
    public required IReadOnlyList<SplitEdge> Nearest { get; init; }

    /// <summary>Edges of all pairs, of which a child may have many.</summary>
    public required int Edges { get; init; }

    /// <summary>Edges where the larger dictionary's codes are those of other tokens: what dense latents give by chance.</summary>
    public required int EdgesByChance { get; init; }

    /// <summary>How many children the parents have, of each child its nearest parent counted.</summary>
    public required EdgeShares NearestChildren { get; init; }

    /// <summary>How many children the parents have by all edges.</summary>
    public required EdgeShares ChildrenOfParents { get; init; }

    /// <summary>How many parents the children have by all edges.</summary>
    public required EdgeShares ParentsOfChildren { get; init; }

    /// <summary>What the parents that are compared are called, in ascending order.</summary>
    public required IReadOnlyList<LatentLabel> ParentLabels { get; init; }

    /// <summary>What the children that are compared are called, in ascending order.</summary>
    public required IReadOnlyList<LatentLabel> ChildLabels { get; init; }
}

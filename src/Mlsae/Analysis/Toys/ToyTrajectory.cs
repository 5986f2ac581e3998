using System.Text.Json.Serialization;

namespace Mlsae.Analysis.Toys;

/// <summary>At which layers a true feature lives, and in which directions.</summary>
public enum ToyTrajectory
{
    /// <summary>At every layer, always in the same direction.</summary>
    [JsonStringEnumMemberName("persistent")]
    Persistent,

    /// <summary>From some layer after the first on, always in the same direction.</summary>
    [JsonStringEnumMemberName("appearing")]
    Appearing,

    /// <summary>At every layer, in a direction that turns by a given angle from layer to layer.</summary>
    [JsonStringEnumMemberName("rotating")]
    Rotating,

    /// <summary>At one layer only.</summary>
    [JsonStringEnumMemberName("single-layer")]
    SingleLayer,
}

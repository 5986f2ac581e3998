namespace Mlsae.Dictionaries;

/// <summary>What a dictionary was trained on: what the published file layout cannot say.</summary>
public sealed record DictionaryOrigin
{
    /// <summary>The transformer, as it was named to the training; null where unknown.</summary>
    public string? Model { get; init; }

    /// <summary>The places its vectors came from, in the order of layers, such as <c>blocks.3.hook_resid_post</c>; empty where unknown.</summary>
    public IReadOnlyList<string> HookPoints { get; init; } = [];

    /// <summary>Tokens trained on.</summary>
    public long TrainedTokens { get; init; }

    /// <summary>Steps trained.</summary>
    public long TrainedSteps { get; init; }
}

using Mlsae.Dictionaries;
using Mlsae.Numerics;

namespace Mlsae.Training;

/// <summary>One dictionary of a training: what it is, how it is arranged over layers, and how long it is trained. Several plans share one pass of the model.</summary>
public sealed record DictionaryPlan
{
    // So that layers of one seed begin differently: the golden ratio's digits, as in many a hash.
    private const ulong SeedStep = 0x9E3779B97F4A7C15;

    /// <summary>What folders, tables and metrics call it.</summary>
    public string Name { get; init; } = "dictionary";

    /// <summary>How its latents are arranged over layers.</summary>
    public Arrangement Arrangement { get; init; } = Arrangement.Shared;

    /// <summary>What is trained, for vectors of one layer: <see cref="DictionaryConfig.ModelDim"/> is d_model. Per layer it says what each layer's dictionary is.</summary>
    public required DictionaryConfig Dictionary { get; init; }

    /// <summary>Tokens it is trained on.</summary>
    public long TotalTokens { get; init; } = 10_000_000;

    /// <summary>The configuration of each engine.</summary>
    /// <param name="layerCount">L</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public IReadOnlyList<DictionaryConfig> ConfigsFor(int layerCount) => Arrangement switch
    {
        Arrangement.Shared => [Dictionary.Validated()],
        Arrangement.PerLayer => [.. Enumerable.Range(0, layerCount).Select(layer => Dictionary.Validated() with { Seed = unchecked(Dictionary.Seed + (ulong)layer * SeedStep) })],
        _ => [CrosscoderConfig(layerCount)],
    };

    /// <summary>This record, or an exception with one sentence about the first value that cannot be.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public DictionaryPlan Validated()
    {
        Require.That(
            Name.Length > 0 && Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && Name[0] != '.',
            $"'{Name}' cannot name a dictionary: take letters, digits, '-', '_' and '.'.");
        Require.That(TotalTokens > 0, $"total_tokens of '{Name}' is {TotalTokens}; it must be at least 1.");
        Require.That(Dictionary.Parts == 1, "parts follows from the arrangement; leave it out.");
        Dictionary.Validated();
        return this;
    }

    private DictionaryConfig CrosscoderConfig(int layerCount)
    {
        Require.That(layerCount > 1, "A crosscoder needs at least two layers.");
        int latents = Dictionary.Validated().LatentCount;
        return (Dictionary with { ModelDim = checked(Dictionary.ModelDim * layerCount), Parts = layerCount, ExpansionFactor = null, LatentCount = latents }).Validated();
    }
}

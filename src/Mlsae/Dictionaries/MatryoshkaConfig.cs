using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

/// <summary>Matryoshka BatchTopK: the first latents must reconstruct alone, so must the first more, and so on; the loss is the mean over these prefixes. Bussmann et al. 2025.</summary>
public sealed record MatryoshkaConfig : BatchTopKConfig
{
    /// <inheritdoc/>
    public override string Kind => "matryoshka";

    /// <summary>Shares of the latents in the prefixes, ascending to 1.</summary>
    public IReadOnlyList<double> Prefixes { get; init; } = [1 / 16.0, 1 / 8.0, 1 / 4.0, 1 / 2.0, 1];

    /// <summary>How many latents each prefix has, each at least one more than that before it.</summary>
    public int[] PrefixSizes() => [.. Prefixes.Select(share => Math.Max(1, (int)Math.Round(share * LatentCount)))];

    /// <inheritdoc/>
    protected override void CheckKind()
    {
        base.CheckKind();
        int[] sizes = PrefixSizes();
        Require.That(
            sizes.Length > 0 && sizes[^1] == LatentCount && sizes.Zip(sizes.Skip(1)).All(pair => pair.First < pair.Second),
            "prefixes must be shares of the latents that rise to 1, each by at least one latent.");
    }
}

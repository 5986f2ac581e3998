using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>For each latent, how long it has not been active, and whether it is dead.</summary>
/// <remarks>
/// Counted in tokens: 0 after a batch in which it is active, otherwise more by the batch's tokens. Counted in steps as the published code does: 1 after a batch in which it is active, otherwise more
/// by one. Evaluation never comes here.
/// </remarks>
/// <param name="config">thresholds, and what is counted</param>
public sealed class LatentAges(DictionaryConfig config)
{
    private readonly bool[] _active = new bool[config.LatentCount];

    /// <summary>[n_latents] Tokens, or steps, since each was active.</summary>
    public long[] Ages { get; } = new long[config.LatentCount];

    /// <summary>[n_latents] Which latents are dead.</summary>
    public bool[] Dead { get; } = new bool[config.LatentCount];

    /// <summary>How many latents are dead.</summary>
    public int DeadCount { get; private set; }

    /// <summary>Takes account of one batch.</summary>
    /// <param name="codes">[N × k] its codes, after the ReLU or before</param>
    /// <param name="tokens">its tokens</param>
    public void Update(SparseRows codes, int tokens)
    {
        Array.Clear(_active);
        float threshold = (float)config.DeadThreshold;
        for (int entry = 0; entry < codes.EntryCount; entry++)
        {
            if (codes.Values[entry] > threshold)
            {
                _active[codes.Indices[entry]] = true;
            }
        }

        bool inSteps = config.Compatibility.DeadCountedInSteps;
        for (int latent = 0; latent < Ages.Length; latent++)
        {
            long age = _active[latent] ? 0 : Ages[latent];
            Ages[latent] = inSteps ? age + 1 : _active[latent] ? 0 : age + tokens;
        }

        Judge();
    }

    /// <summary>Goes on from given ages.</summary>
    /// <param name="ages">[n_latents]</param>
    public void Restore(ReadOnlySpan<long> ages)
    {
        Require.Equal(ages.Length, Ages.Length);
        ages.CopyTo(Ages);
        Judge();
    }

    private void Judge()
    {
        long limit = config.Compatibility.DeadCountedInSteps ? config.DeadAfterSteps : config.DeadAfterTokens;
        DeadCount = 0;
        for (int latent = 0; latent < Ages.Length; latent++)
        {
            Dead[latent] = Ages[latent] >= limit;
            DeadCount += Dead[latent] ? 1 : 0;
        }
    }
}

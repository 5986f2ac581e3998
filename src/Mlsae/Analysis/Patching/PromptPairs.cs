using Mlsae.Numerics;
using Mlsae.Transformers;

namespace Mlsae.Analysis.Patching;

/// <summary>A prompt, and the same with something exchanged, token for token.</summary>
/// <param name="Base">the token ids into whose run codes are patched</param>
/// <param name="Target">the token ids of the counterfactual, whose codes and predictions are wanted; as many</param>
public sealed record PromptPair(int[] Base, int[] Target);

/// <summary>Prompt pairs as two batches, filled up on the right: no prediction of a causal model sees what stands after it.</summary>
public sealed class PromptPairs
{
    /// <summary>Two batches of pairs.</summary>
    /// <param name="pairs">at least one</param>
    /// <exception cref="ArgumentException">There is none, or base and target of one differ in length.</exception>
    public PromptPairs(IReadOnlyList<PromptPair> pairs)
    {
        Require.That(pairs.Count > 0, "There are no prompt pairs.");
        foreach (var pair in pairs)
        {
            Require.That(
                pair.Base.Length == pair.Target.Length && pair.Base.Length > 0,
                $"A prompt has {pair.Base.Length} tokens and its counterfactual {pair.Target.Length}; they must have equally many, at least one.");
        }

        Length = pairs.Max(pair => pair.Base.Length);
        Lengths = [.. pairs.Select(pair => pair.Base.Length)];
        (Base, Target) = (Filled(pairs, pair => pair.Base), Filled(pairs, pair => pair.Target));
    }

    /// <summary>Number of pairs.</summary>
    public int Count => Lengths.Count;

    /// <summary>Tokens of the longest prompt.</summary>
    public int Length { get; }

    /// <summary>Tokens of each prompt.</summary>
    public IReadOnlyList<int> Lengths { get; }

    /// <summary>[pairs × Length] the prompts.</summary>
    public TokenBatch Base { get; }

    /// <summary>[pairs × Length] their counterfactuals.</summary>
    public TokenBatch Target { get; }

    /// <summary>The rows of the last tokens, whose predictions are compared.</summary>
    public int[] LastRows => [.. Lengths.Select((length, pair) => pair * Length + length - 1)];

    /// <summary>The rows of a pair's own tokens.</summary>
    public (int First, int Count) Rows(int pair) => (pair * Length, Lengths[pair]);

    private TokenBatch Filled(IReadOnlyList<PromptPair> pairs, Func<PromptPair, int[]> ids) =>
        TokenBatch.Of([.. pairs.Select(pair => (int[])[.. ids(pair), .. new int[Length - ids(pair).Length]])]);
}

using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>How well a model predicts text.</summary>
public static class LanguageModelLoss
{
    /// <summary>Mean cross-entropy of the next token, in nats, over all positions but the last of each context.</summary>
    /// <param name="model">any engine's</param>
    /// <param name="contexts">of one length, at least 2 tokens</param>
    /// <param name="batchSequences">contexts run at once</param>
    /// <param name="cancellation">checked between batches</param>
    /// <exception cref="ArgumentException">There are no contexts, they differ in length, or ids do not fit the model.</exception>
    public static double Mean(ILanguageModel model, IReadOnlyList<int[]> contexts, int batchSequences = 16, CancellationToken cancellation = default)
    {
        Require.That(contexts.Count > 0 && contexts[0].Length >= 2, "A loss needs at least one context of at least two tokens.");
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSequences, 1);
        double sum = 0;
        for (int start = 0; start < contexts.Count; start += batchSequences)
        {
            cancellation.ThrowIfCancellationRequested();
            var batch = TokenBatch.Of([.. contexts.Skip(start).Take(batchSequences)]);
            Require.Equal(batch.Length, contexts[0].Length);
            sum += OfTokens(model.Forward(batch).Logits!, batch).Sum(x => (double)x);
        }

        return sum / ((double)contexts.Count * (contexts[0].Length - 1));
    }

    /// <summary>For every token, the cross-entropy of the one after it, in nats; 0 for the last of each sequence.</summary>
    /// <param name="logits">[tokens × vocabulary]</param>
    /// <param name="tokens">what they were computed from</param>
    public static float[] OfTokens(Matrix logits, TokenBatch tokens)
    {
        float[] losses = new float[tokens.TokenCount];
        Kernels.CrossEntropy(logits, Targets(tokens, 0, tokens.TokenCount), losses);
        return losses;
    }

    /// <summary>For every token from <paramref name="start"/> the one after it; −1 at the end of a sequence.</summary>
    internal static int[] Targets(TokenBatch tokens, int start, int count)
    {
        int[] targets = new int[count];
        for (int i = 0; i < count; i++)
        {
            targets[i] = (start + i + 1) % tokens.Length == 0 ? -1 : tokens.Ids[start + i + 1];
        }

        return targets;
    }
}

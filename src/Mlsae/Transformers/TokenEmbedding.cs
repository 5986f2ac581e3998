using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>Token ids to the start of the residual stream: a row for each token, plus one for each position where positions are learned.</summary>
internal static class TokenEmbedding
{
    /// <summary>Checks ids and sizes.</summary>
    /// <exception cref="ArgumentException">They do not fit the model.</exception>
    public static void Check(TokenBatch tokens, LanguageModelConfig config)
    {
        Require.That(tokens.Sequences > 0 && tokens.Length > 0, $"A batch of {tokens.Sequences} sequences of {tokens.Length} tokens is empty.");
        Require.That(tokens.Length <= config.ContextLength, $"Sequences of {tokens.Length} tokens are longer than the model's context of {config.ContextLength}.");
        Require.That(tokens.Ids.Length == (long)tokens.Sequences * tokens.Length,
            $"A batch of {tokens.Sequences} sequences of {tokens.Length} tokens has {tokens.Ids.Length} ids.");
        for (int i = 0; i < tokens.Ids.Length; i++)
        {
            if ((uint)tokens.Ids[i] >= (uint)config.VocabularySize)
            {
                throw new ArgumentException(
                    $"The token id {tokens.Ids[i]} at position {i % tokens.Length} of sequence {i / tokens.Length} lies outside the vocabulary 0 to {config.VocabularySize - 1}.");
            }
        }
    }

    /// <param name="tokens">ids that fit</param>
    /// <param name="weights">the model's</param>
    /// <param name="result">[tokens × d_model] Overwritten.</param>
    /// <param name="position">of the first token of each sequence</param>
    public static void Forward(TokenBatch tokens, LanguageModelWeights weights, Matrix result, int position = 0) => Workers.ForBlocks(tokens.TokenCount, 256, (start, end) =>
    {
        for (int i = start; i < end; i++)
        {
            weights.Embedding.Row(tokens.Ids[i]).CopyTo(result.Row(i));
            if (weights.Positions != null)
            {
                Kernels.Add(weights.Positions.Row(position + i % tokens.Length), result.Row(i));
            }
        }
    });

    /// <summary>Adds each token's gradient to the rows it was made of, in the order of the tokens.</summary>
    public static void Backward(TokenBatch tokens, Matrix resultGradient, LanguageModelWeights gradients)
    {
        Kernels.EmbeddingScatterAdd(resultGradient, tokens.Ids, gradients.Embedding);
        if (gradients.Positions != null)
        {
            int[] positions = [.. Enumerable.Range(0, tokens.TokenCount).Select(i => i % tokens.Length)];
            Kernels.EmbeddingScatterAdd(resultGradient, positions, gradients.Positions);
        }
    }
}

namespace Mlsae.Text.Microworlds;

/// <summary>Tokens, and which concepts are true of each.</summary>
/// <param name="Ids">[tokens] token ids</param>
/// <param name="Concepts">[tokens] the concepts of each; none for special tokens</param>
/// <remarks>
/// A concept is true of a token when it is true at the token's last character that is no white space (of a token of white space: at its last), for what a model
/// knows at a token is how things stand once it has read it: at '."' a quotation is closed, and at '({' two brackets are open.
/// </remarks>
public sealed record AnnotatedTokens(int[] Ids, ConceptSet[] Concepts)
{
    /// <summary>Encodes a document.</summary>
    public static AnnotatedTokens Of(AnnotatedDocument document, Tokenizer tokenizer)
    {
        var spans = tokenizer.EncodeWithOffsets(document.Text);
        var tokens = new AnnotatedTokens(new int[spans.Length], new ConceptSet[spans.Length]);
        for (int i = 0; i < spans.Length; i++)
        {
            tokens.Ids[i] = spans[i].Id;
            tokens.Concepts[i] = document.At(DecidingCharacter(document.Text, spans[i]));
        }

        return tokens;
    }

    /// <summary>
    /// Contexts of one length, each of documents joined by the end-of-text token, which also begins it. A context begins with a document's beginning, so that what
    /// is true of a token can be known from what precedes it; the last document is cut where the context is full.
    /// </summary>
    /// <param name="tokenizer">has an end-of-text token</param>
    /// <param name="seed">whose documents</param>
    /// <param name="length">tokens in each context</param>
    /// <param name="count">number of contexts; context i begins with the first document that context i − 1 has nothing of</param>
    /// <exception cref="ArgumentException">The tokenizer has no end-of-text token.</exception>
    public static IReadOnlyList<AnnotatedTokens> Contexts(Tokenizer tokenizer, ulong seed, int length, int count)
    {
        int endOfText = tokenizer.EndOfText ?? throw new ArgumentException("The tokenizer has no end-of-text token, which must stand between documents.");
        var contexts = new AnnotatedTokens[count];
        long document = 0;
        for (int i = 0; i < count; i++)
        {
            var context = contexts[i] = new AnnotatedTokens(new int[length], new ConceptSet[length]);
            for (int filled = 0; filled < length;)
            {
                context.Ids[filled++] = endOfText;
                var tokens = Of(Microworld.Document(seed, document++), tokenizer);
                int taken = Math.Min(tokens.Ids.Length, length - filled);
                tokens.Ids.AsSpan(0, taken).CopyTo(context.Ids.AsSpan(filled));
                tokens.Concepts.AsSpan(0, taken).CopyTo(context.Concepts.AsSpan(filled));
                filled += taken;
            }
        }

        return contexts;
    }

    private static int DecidingCharacter(string text, TokenSpan span)
    {
        int last = span.Start + span.Length - 1;
        for (int i = last; i >= span.Start; i--)
        {
            if (!char.IsWhiteSpace(text[i]))
            {
                return i;
            }
        }

        return last;
    }
}

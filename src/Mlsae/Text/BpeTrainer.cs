using System.Runtime.InteropServices;
using Mlsae.Numerics;

namespace Mlsae.Text;

/// <summary>Learns a byte-level BPE tokenizer from text.</summary>
public static class BpeTrainer
{
    /// <summary>
    /// Begins with the special tokens and the 256 bytes; then merges, again and again, the most frequent pair of adjacent tokens within words (GPT-2's
    /// split pattern), of equally frequent pairs the one with the smaller ids. Same texts, in any order: same tokenizer.
    /// </summary>
    /// <param name="texts">read once</param>
    /// <param name="vocabularySize">tokens, special ones and bytes included; fewer are learned where no pair is left that occurs twice</param>
    /// <param name="specialTokens">their ids are their places in this list; where they stand in the texts nothing is learned from them</param>
    /// <param name="progress">told the size of the vocabulary as it grows</param>
    /// <param name="cancellation">stops the training</param>
    /// <exception cref="ArgumentException">The vocabulary has no room for the bytes, or the special tokens are empty or double.</exception>
    public static Tokenizer Train(
        IEnumerable<string> texts, int vocabularySize, IReadOnlyList<string> specialTokens,
        IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        int smallest = 256 + specialTokens.Count;
        Require.That(vocabularySize >= smallest, $"A vocabulary of {vocabularySize} has no room for 256 bytes and {specialTokens.Count} special tokens.");
        Require.That(specialTokens.All(token => token.Length > 0), "A special token is empty.");
        Require.That(specialTokens.Distinct().Count() == specialTokens.Count, "Two special tokens are the same.");

        AddedToken[] added = [.. specialTokens.Select((content, id) => new AddedToken(id, content, Special: true))];
        var learner = new MergeLearner(FirstTokens(specialTokens), CountWords(texts, added, cancellation));
        while (learner.Tokens.Count < vocabularySize && learner.Merge())
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(learner.Tokens.Count);
        }
        return new Tokenizer(new TokenizerDefinition { Vocabulary = [.. learner.Tokens], Merges = learner.Merges, AddedTokens = added });
    }

    // A special token that happens to be spelled like a byte's symbol is an added token only.
    private static List<string?> FirstTokens(IReadOnlyList<string> specialTokens)
    {
        List<string?> bytes = [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.Symbol((byte)value).ToString())];
        return [.. specialTokens.Select(token => bytes.Contains(token) ? null : token), .. bytes];
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts, AddedToken[] added, CancellationToken cancellation)
    {
        var splitter = new AddedTokenSplitter(added);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (Segment segment in splitter.Split(text).Where(segment => segment.IsText))
            {
                ReadOnlySpan<char> piece = text.AsSpan(segment.Start, segment.Length);
                for (int start = 0, end; start < piece.Length; start = end)
                {
                    end = WordScanner.End(piece, start);
                    CollectionsMarshal.GetValueRefOrAddDefault(lookup, piece[start..end], out _)++;
                }
            }
        }
        return counts;
    }
}

namespace Mlsae.Text;

/// <summary>What a tokenizer.json says about a byte-level BPE tokenizer.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>The tokens of the model by id, spelled in the byte alphabet; null where no token has the id.</summary>
    public required string?[] Vocabulary { get; init; }

    /// <summary>Left, right and merged ids, the first merge first.</summary>
    public required IReadOnlyList<(int Left, int Right, int Merged)> Merges { get; init; }

    /// <summary>The added tokens, in the order of the file.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>Whether text is brought into canonical composition (NFC) first.</summary>
    public bool ComposesText { get; init; }

    /// <summary>Whether a space is put before a piece of text that does not begin with one.</summary>
    public bool AddsPrefixSpace { get; init; }

    /// <summary>Whether text is cut into words by the GPT-2 pattern; otherwise a whole piece is one word.</summary>
    public bool SplitsWords { get; init; } = true;

    /// <summary>Whether a word that is a token is that token, even where the merges would not make it.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>The post-processor as JSON, kept for saving. It only adds special tokens, which encoding here never does.</summary>
    public string? PostProcessor { get; init; }

    /// <summary>One more than the largest id.</summary>
    public int Size => Math.Max(Vocabulary.Length, AddedTokens.Select(token => token.Id + 1).DefaultIfEmpty(0).Max());
}

using System.Text;
using Mlsae.Numerics;

namespace Mlsae.Text;

/// <summary>A byte-level BPE tokenizer, as GPT-2, GPT-NeoX and Pythia use, from a Hugging Face tokenizer.json.</summary>
/// <remarks>
/// Encoding adds no special tokens, cuts nothing off and pads nothing. Instances are immutable and may be used by many threads.
/// </remarks>
public sealed class Tokenizer
{
    // The names models give to the token between documents, the most usual first.
    private static readonly string[] _endOfTextNames = ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>"];

    private readonly TokenizerDefinition _definition;
    private readonly WordEncoder _words;
    private readonly AddedTokenSplitter _beforeNormalising;
    private readonly AddedTokenSplitter _afterNormalising;
    private readonly byte[]?[] _bytes;
    private readonly Dictionary<string, int> _ids = [];
    private readonly HashSet<int> _special;

    internal Tokenizer(TokenizerDefinition definition)
    {
        _definition = definition;
        _bytes = new byte[]?[definition.Size];
        for (int id = 0; id < definition.Vocabulary.Length; id++)
        {
            if (definition.Vocabulary[id] is string token)
            {
                _bytes[id] = ByteAlphabet.Bytes(token);
                _ids[token] = id;
            }
        }
        _words = new WordEncoder(definition, _ids);
        foreach (AddedToken added in definition.AddedTokens)
        {
            _bytes[added.Id] = Encoding.UTF8.GetBytes(added.Content);
        }
        _beforeNormalising = new AddedTokenSplitter(definition.AddedTokens.Where(token => !token.Normalized));
        _afterNormalising = new AddedTokenSplitter(definition.AddedTokens.Where(token => token.Normalized).Select(Normalised));
        SpecialIds = [.. definition.AddedTokens.Where(token => token.Special).Select(token => token.Id).Distinct().Order()];
        _special = [.. SpecialIds];
        EndOfText = _endOfTextNames.Select(AddedTokenId).FirstOrDefault(id => id is not null);
    }

    /// <summary>One more than the largest id: the rows an embedding needs at least. Some ids below it may have no token.</summary>
    public int VocabularySize => _bytes.Length;

    /// <summary>The id of the token between documents (<c>&lt;|endoftext|&gt;</c> or what the model calls it), or null if there is none.</summary>
    public int? EndOfText { get; }

    /// <summary>The ids of the special tokens, ascending.</summary>
    public IReadOnlyList<int> SpecialIds { get; }

    /// <summary>Reads a tokenizer.json, or that file of a model folder.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is malformed, or asks for something other than byte-level BPE; the message names the field.</exception>
    public static Tokenizer Load(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path;
        return File.Exists(file)
            ? new Tokenizer(TokenizerReader.Read(file))
            : throw new FileNotFoundException($"{file}: there is no such file; a tokenizer.json is wanted.", file);
    }

    /// <summary>Writes a tokenizer.json that Hugging Face's tokenizers library loads too.</summary>
    /// <exception cref="IOException">The file cannot be written; nothing is left half written.</exception>
    public void Save(string path) => TokenizerWriter.Write(_definition, path);

    /// <summary>The tokens of a text. Unpaired surrogates count as U+FFFD.</summary>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(text.Length / 3 + 4);
        foreach (Segment segment in _beforeNormalising.Split(text))
        {
            if (segment.IsText)
            {
                EncodeRaw(text.AsSpan(segment.Start, segment.Length), ids);
            }
            else
            {
                ids.Add(segment.Id);
            }
        }
        return [.. ids];
    }

    /// <summary>The tokens of a text with the characters each came from.</summary>
    /// <exception cref="ArgumentException">The tokenizer would change the text first, so that its tokens have no place in it.</exception>
    public TokenSpan[] EncodeWithOffsets(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Require.That(!_definition.AddsPrefixSpace, "This tokenizer puts spaces into the text, so its tokens have no offsets in it.");
        var spans = new List<TokenSpan>(text.Length / 3 + 4);
        var ids = new List<int>();
        foreach (Segment raw in _beforeNormalising.Split(text))
        {
            ReadOnlySpan<char> piece = text.AsSpan(raw.Start, raw.Length);
            Require.That(
                !raw.IsText || Normalise(piece).SequenceEqual(piece),
                "This tokenizer composes characters of the text (NFC), so its tokens have no offsets in it; bring the text into NFC first.");
            foreach (Segment part in raw.IsText ? _afterNormalising.Split(piece) : [new Segment(0, raw.Length, raw.Id)])
            {
                AddSpans(piece.Slice(part.Start, part.Length), part.Id, raw.Start + part.Start, ids, spans);
            }
        }
        return [.. spans];
    }

    /// <summary>The text of tokens, special tokens included. Bytes that are not valid UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id has no token.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var bytes = new List<byte>(ids.Length * 5);
        foreach (int id in ids)
        {
            bytes.AddRange(TokenBytes(id).Span);
        }
        return Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes));
    }

    /// <summary>Whether an id has a token.</summary>
    public bool Contains(int id) => id >= 0 && id < _bytes.Length && _bytes[id] is not null;

    /// <summary>Whether a token is special: marks structure and is no text.</summary>
    public bool IsSpecial(int id) => _special.Contains(id);

    /// <summary>The bytes a token stands for; they need not be whole characters.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id has no token.</exception>
    public ReadOnlyMemory<byte> TokenBytes(int id) =>
        Contains(id)
            ? _bytes[id]
            : throw new ArgumentOutOfRangeException(nameof(id), $"Token {id} does not exist: the vocabulary has ids below {VocabularySize}.");

    /// <summary>A token as it is shown in figures and tables: one line, everything visible, bytes that are no character as \xNN.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id has no token.</exception>
    public string Display(int id) => TokenDisplay.Show(TokenBytes(id).Span);

    /// <summary>The id of the token that stands for exactly this text, or null if there is none.</summary>
    public int? TokenId(string text) =>
        AddedTokenId(text) ?? (_ids.TryGetValue(ByteAlphabet.Spell(Encoding.UTF8.GetBytes(text)), out int id) ? id : null);

    private int? AddedTokenId(string text) => _definition.AddedTokens.FirstOrDefault(token => token.Content == text)?.Id;

    private AddedToken Normalised(AddedToken token) => token with { Content = Normalise(token.Content).ToString() };

    private ReadOnlySpan<char> Normalise(ReadOnlySpan<char> text) =>
        _definition.ComposesText ? CanonicalComposition.Compose(text) : text;

    private void EncodeRaw(ReadOnlySpan<char> raw, List<int> ids)
    {
        ReadOnlySpan<char> text = Normalise(raw);
        foreach (Segment segment in _afterNormalising.Split(text))
        {
            if (segment.IsText)
            {
                _words.EncodePiece(text.Slice(segment.Start, segment.Length), ids);
            }
            else
            {
                ids.Add(segment.Id);
            }
        }
    }

    private void AddSpans(ReadOnlySpan<char> piece, int addedId, int start, List<int> ids, List<TokenSpan> spans)
    {
        if (addedId >= 0)
        {
            spans.Add(new TokenSpan(addedId, start, piece.Length));
            return;
        }
        ids.Clear();
        _words.EncodePiece(piece, ids);
        var places = new CharacterPlaces(piece);
        foreach (int id in ids)
        {
            (int from, int to) = places.Advance(_bytes[id]!.Length);
            spans.Add(new TokenSpan(id, start + from, to - from));
        }
    }
}

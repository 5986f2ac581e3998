using System.Text;
using Mlsae.Numerics;

namespace Mlsae.Text.Microworlds;

/// <summary>Appends text under open concepts, and draws the random numbers of one document.</summary>
internal sealed class DocumentBuilder(Philox random)
{
    private readonly StringBuilder _text = new(1024);
    private readonly List<ConceptSpan> _spans = new(256);
    private readonly List<(Concept Concept, int Start)> _open = [];
    private bool _sentenceStarts = true;

    /// <summary>UTF-16 units written so far.</summary>
    public int Length => _text.Length;

    /// <summary>The document's random numbers.</summary>
    public Philox Random => random;

    /// <summary>Appends text as it is: for code, markup and everything else in which words are no words.</summary>
    public void Write(string text) => _text.Append(text);

    /// <summary>Appends text as it is, under one concept.</summary>
    public void Write(string text, Concept concept)
    {
        int start = _text.Length;
        _text.Append(text);
        Mark(concept, start);
    }

    /// <summary>Appends prose: the words of the <see cref="Lexicon"/> get their concepts, and so do contractions and the beginnings of sentences.</summary>
    public void Prose(string text)
    {
        int start = _text.Length;
        _text.Append(text);
        for (int i = 0; i < text.Length;)
        {
            int end = WordEnd(text, i, start);
            if (end == i)
            {
                _sentenceStarts |= text[i] is '.' or '!' or '?' or '\n';
                i++;
                continue;
            }

            AnnotateWord(text.AsSpan(i, end - i), start + i);
            i = end;
        }
    }

    /// <summary>Appends prose under one concept.</summary>
    public void Prose(string text, Concept concept)
    {
        int start = _text.Length;
        Prose(text);
        Mark(concept, start);
    }

    /// <summary>Everything that is written until the returned scope is disposed is under <paramref name="concept"/>.</summary>
    public Scope Within(Concept concept)
    {
        Open(concept);
        return new Scope(this);
    }

    /// <summary>Opens a concept until <see cref="Close"/>.</summary>
    public void Open(Concept concept) => _open.Add((concept, _text.Length));

    /// <summary>Closes the concept that was opened last.</summary>
    public void Close()
    {
        var (concept, start) = _open[^1];
        _open.RemoveAt(_open.Count - 1);
        _spans.Add(new ConceptSpan(concept, start, _text.Length));
    }

    /// <summary>Puts a concept on everything written since <paramref name="start"/>.</summary>
    public void Mark(Concept concept, int start) => _spans.Add(new ConceptSpan(concept, start, _text.Length));

    /// <summary>The next word written as prose begins a sentence.</summary>
    public void StartSentence() => _sentenceStarts = true;

    /// <summary>One of <paramref name="items"/>, each as likely.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[random.NextInt32(items.Count)];

    /// <summary>Several of <paramref name="items"/>, none twice, in random order.</summary>
    public IEnumerable<T> PickDistinct<T>(IReadOnlyList<T> items, int count)
    {
        T[] left = [.. items];
        for (int i = 0; i < count; i++)
        {
            int j = i + random.NextInt32(left.Length - i);
            (left[i], left[j]) = (left[j], left[i]);
            yield return left[i];
        }
    }

    /// <summary>True with a probability in percent.</summary>
    public bool Chance(int percent) => random.NextInt32(100) < percent;

    /// <summary>A whole number from low to high, both included.</summary>
    public int Between(int low, int high) => low + random.NextInt32(high - low + 1);

    /// <summary>The document written so far.</summary>
    public AnnotatedDocument Build()
    {
        string text = _text.ToString();
        BracketDepths.Annotate(text, _spans);
        return new AnnotatedDocument(text, _spans);
    }

    /// <summary>The end of the word of <paramref name="text"/> from <paramref name="start"/>, or start where none begins. The text stands from <paramref name="offset"/> on.</summary>
    private int WordEnd(string text, int start, int offset)
    {
        int end = start;
        while (end < text.Length && (char.IsAsciiLetter(text[end]) || IsApostrophe(text, end, offset)))
        {
            end++;
        }

        return end;
    }

    /// <summary>Whether a quote stands between letters. The letter before it may have been written earlier: a name that a slot was filled with.</summary>
    private bool IsApostrophe(string text, int place, int offset) =>
        text[place] == '\'' && place + 1 < text.Length && char.IsAsciiLetter(text[place + 1])
        && offset + place > 0 && char.IsAsciiLetter(_text[offset + place - 1]);

    private void AnnotateWord(ReadOnlySpan<char> word, int start)
    {
        int apostrophe = word.IndexOf('\'');
        int stem = apostrophe < 0 ? word.Length : word.EndsWith("n't") ? word.Length - 3 : apostrophe;
        if (stem > 0 && _sentenceStarts)
        {
            _spans.Add(new ConceptSpan(Concepts.SentenceStart, start, start + stem));
            _sentenceStarts = false;
        }

        var concept = Lexicon.Find(word[..stem]);
        if (concept is not null)
        {
            _spans.Add(new ConceptSpan(concept, start, start + stem));
        }

        if (stem < word.Length)
        {
            // 's is short for 'is' after a pronoun, and shows possession after everything else.
            bool possession = word[stem..] is "'s" && (concept is null || !Lexicon.TakesContraction(concept));
            _spans.Add(new ConceptSpan(possession ? Concepts.Possessive : Concepts.Contraction, start + stem, start + word.Length));
        }
    }

    /// <summary>Closes its concept when disposed.</summary>
    internal readonly struct Scope(DocumentBuilder builder) : IDisposable
    {
        public void Dispose() => builder.Close();
    }
}

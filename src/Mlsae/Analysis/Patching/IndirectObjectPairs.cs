using Mlsae.Numerics;
using Mlsae.Text;
using Mlsae.Text.Microworlds;
using Mlsae.Text.Microworlds.Words;

namespace Mlsae.Analysis.Patching;

/// <summary>An indirect-object prompt and its counterfactual: the same sentence with a third person in the place of the indirect object, so that another name follows.</summary>
/// <param name="Base">the prompt, in which X and S are introduced, S gives, and X follows</param>
/// <param name="Target">the counterfactual, in which Y stands in X's place and follows</param>
/// <param name="Ids">both as tokens, after an end-of-text token where the tokenizer has one</param>
public sealed record IndirectObjectPair(IndirectObjectPrompt Base, IndirectObjectPrompt Target, PromptPair Ids);

/// <summary>
/// The data set of indirect-object patching, in the manner of Cunningham et al. 2023, section 4: 15 templates, each with the indirect object named first (ABBA) and second (BABA), and names, places and
/// objects that are single tokens of the tokenizer. All pairs of names with a template are among those that the Microworld's documents never hold.
/// </summary>
public sealed class IndirectObjectPairs
{
    /// <summary>Templates, as many as published.</summary>
    public const int TemplateCount = 15;

    private const int FewestWords = 5;

    private static readonly string[] Slots = ["[a]", "[b]", "[s]", "[io]", "[place]", "[object]"];

    private readonly Tokenizer _tokenizer;
    private readonly string[] _names, _places, _objects;

    /// <summary>Chooses the words that a tokenizer has as single tokens.</summary>
    /// <param name="tokenizer">the model's</param>
    /// <exception cref="ArgumentException">It has too few of the words as single tokens; the message says how many.</exception>
    public IndirectObjectPairs(Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        _names = SingleTokens("names", IndirectObjectSentences.Names);
        _places = SingleTokens("places", WordLists.Find("place")!.Words);
        _objects = SingleTokens("objects", WordLists.Find("object")!.Words);
    }

    /// <summary>The templates with their slots, by their numbers among <see cref="IndirectObjectSentences.Templates"/>: the first that have only people, a place and an object in them.</summary>
    public static IReadOnlyList<int> Templates { get; } =
        [.. Enumerable.Range(0, IndirectObjectSentences.Templates.Count).Where(template => HasOnlySlots(IndirectObjectSentences.Templates[template])).Take(TemplateCount)];

    /// <summary>The names that are single tokens, with the blank before them.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The places that are.</summary>
    public IReadOnlyList<string> Places => _places;

    /// <summary>The objects that are.</summary>
    public IReadOnlyList<string> Objects => _objects;

    /// <summary>Draws pairs, templates and orders of names in turn.</summary>
    /// <param name="count">how many</param>
    /// <param name="seed">the same seed gives the same pairs; the first ones of more</param>
    public IReadOnlyList<IndirectObjectPair> Draw(int count, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return [.. Enumerable.Range(0, count).Select(i => Draw(Templates[i / 2 % Templates.Count], i % 2 == 0, new Philox(seed, "indirect-object pairs", (ulong)i)))];
    }

    private IndirectObjectPair Draw(int template, bool indirectObjectFirst, Philox random)
    {
        while (true)
        {
            string[] people = [.. _names];
            random.Shuffle<string>(people);
            var (indirectObject, subject, other) = (people[0], people[1], people[2]);
            string place = _places[random.NextInt32(_places.Length)], thing = _objects[random.NextInt32(_objects.Length)];
            var original = Prompt(template, indirectObject, subject, indirectObjectFirst, place, thing);
            var target = Prompt(template, other, subject, indirectObjectFirst, place, thing);
            var ids = new PromptPair(Encode(original.Text), Encode(target.Text));
            if (IndirectObjectSentences.IsHeldOut(indirectObject, subject, template) && IndirectObjectSentences.IsHeldOut(other, subject, template)
                && ids.Base.Length == ids.Target.Length)
            {
                return new IndirectObjectPair(original, target, ids);
            }
        }
    }

    private static IndirectObjectPrompt Prompt(int template, string indirectObject, string subject, bool indirectObjectFirst, string place, string thing)
    {
        string text = IndirectObjectSentences.Templates[template];
        text = text[..text.LastIndexOf(" [io]", StringComparison.Ordinal)]
            .Replace("[a]", indirectObjectFirst ? indirectObject : subject).Replace("[b]", indirectObjectFirst ? subject : indirectObject)
            .Replace("[s]", subject).Replace("[place]", place).Replace("[object]", thing);
        return new IndirectObjectPrompt(text, indirectObject, subject, template);
    }

    private int[] Encode(string text) => [.. _tokenizer.EndOfText is { } separator ? [separator] : Array.Empty<int>(), .. _tokenizer.Encode(text)];

    private string[] SingleTokens(string what, IReadOnlyList<string> words)
    {
        string[] single = [.. words.Where(word => _tokenizer.Encode(" " + word).Length == 1)];
        Require.That(
            single.Length >= FewestWords,
            $"Only {single.Length} of the {words.Count} {what} of the indirect-object sentences are single tokens of this tokenizer; at least {FewestWords} are needed.");
        return single;
    }

    private static bool HasOnlySlots(string template)
    {
        foreach (string slot in Slots)
        {
            template = template.Replace(slot, "");
        }

        return !template.Contains('[');
    }
}

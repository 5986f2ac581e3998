using Mlsae.Numerics;
using Mlsae.Text;
using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis.Facts;

/// <summary>
/// What is known of each token of annotated text: the Microworld's concepts, that a bracket closes, and each of these of the next token. A latent that says what comes next can then be found as
/// well as one that says what there is.
/// </summary>
public sealed class TextFacts
{
    /// <summary>Of the next token rather than of this one.</summary>
    public const string NextPrefix = "next:";

    /// <summary>A token with which a pair of brackets ends, of any shape, up to three deep.</summary>
    public const string ClosingBracket = "bracket.close";

    private static readonly string[] Here = [.. Concepts.All.Select(concept => concept.Name), ClosingBracket];
    private static readonly Concept[] Depths = [Concepts.Find("bracket.depth-1"), Concepts.Find("bracket.depth-2"), Concepts.Find("bracket.depth-3")];

    private readonly int[][] _facts;
    private readonly ConceptTokens _tokens;

    /// <summary>The facts of contexts, one after the other.</summary>
    /// <param name="contexts">those of even number are for selection, the others for the test, as in <see cref="ConceptTokens"/></param>
    /// <param name="tokenizer">what the tokens are</param>
    public TextFacts(IReadOnlyList<AnnotatedTokens> contexts, Tokenizer tokenizer)
    {
        _tokens = new ConceptTokens(contexts, tokenizer.SpecialIds);
        _facts = new int[_tokens.TokenCount][];
        int token = 0;
        foreach (var context in contexts)
        {
            int[][] here = [.. Enumerable.Range(0, context.Ids.Length).Select(t => HereAt(context, t, tokenizer))];
            for (int t = 0; t < here.Length; t++)
            {
                _facts[token++] = t + 1 < here.Length ? [.. here[t], .. here[t + 1].Select(fact => fact + Here.Length)] : here[t];
            }
        }
    }

    /// <summary>All facts by their names: first those of the token, then those of the next.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Here, .. Here.Select(name => NextPrefix + name)];

    /// <summary>Tokens of all contexts, special ones too.</summary>
    public int TokenCount => _facts.Length;

    /// <summary>The facts that are true of a token, by their place in <see cref="Names"/>.</summary>
    public IReadOnlyList<int> this[int token] => _facts[token];

    /// <summary>Whether a token belongs to the half on which units and thresholds are chosen.</summary>
    public bool IsSelection(int token) => _tokens.IsSelection(token);

    /// <summary>Whether a token belongs to the half on which they are measured.</summary>
    public bool IsTest(int token) => _tokens.IsTest(token);

    /// <summary>The place of a fact in <see cref="Names"/>.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists them.</exception>
    public static int Find(string name)
    {
        int fact = Names.ToList().IndexOf(name);
        Require.That(fact >= 0, $"There is no fact '{name}'; there are {string.Join(", ", Here)}, and each after '{NextPrefix}' for the token that follows.");
        return fact;
    }

    /// <summary>What a fact says of the token it is about: itself, or of one of the next token what is true of that.</summary>
    public static string WithoutNext(string name) => name.StartsWith(NextPrefix, StringComparison.Ordinal) ? name[NextPrefix.Length..] : name;

    private static int[] HereAt(AnnotatedTokens context, int t, Tokenizer tokenizer)
    {
        var facts = new List<int>();
        foreach (int concept in context.Concepts[t].Ids)
        {
            facts.Add(concept);
        }

        bool closes = t > 0 && Depth(context.Concepts[t]) < Depth(context.Concepts[t - 1]) && tokenizer.Display(context.Ids[t]).AsSpan().ContainsAny(')', ']', '}');
        return closes ? [.. facts, Here.Length - 1] : [.. facts];
    }

    /// <summary>Open brackets, up to three; 0 where there are more.</summary>
    private static int Depth(ConceptSet concepts) => Array.FindIndex(Depths, concepts.Contains) + 1;
}

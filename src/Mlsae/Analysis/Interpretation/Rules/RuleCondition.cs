using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis.Interpretation.Rules;

/// <summary>Something that is true or false of a token of a fragment, and that can be said in words.</summary>
internal abstract record RuleCondition
{
    /// <summary>Whether it is true of a token.</summary>
    /// <exception cref="ArgumentException">It is about the Microworld's concepts, and those of the text are not known.</exception>
    public abstract bool Holds(TextFragment fragment, int token);

    /// <summary>The condition in words.</summary>
    public abstract override string ToString();
}

/// <summary>The token is this one.</summary>
/// <param name="Token">as it is shown</param>
internal sealed record TokenCondition(string Token) : RuleCondition
{
    public override bool Holds(TextFragment fragment, int token) => fragment.Shown[token] == Token;

    public override string ToString() => $"the token {RuleText.Quoted(Token)}";
}

/// <summary>The token before is this one.</summary>
/// <param name="Token">as it is shown</param>
internal sealed record AfterCondition(string Token) : RuleCondition
{
    public override bool Holds(TextFragment fragment, int token) => token > 0 && fragment.Shown[token - 1] == Token;

    public override string ToString() => $"tokens after {RuleText.Quoted(Token)}";
}

/// <summary>The token is of a class.</summary>
internal sealed record ClassCondition(TokenClass Class) : RuleCondition
{
    public override bool Holds(TextFragment fragment, int token) => Class.Holds(fragment, token);

    public override string ToString() => Class.Name;
}

/// <summary>A concept of the Microworld is true of the token.</summary>
internal sealed record ConceptCondition(Concept Concept) : RuleCondition
{
    public override bool Holds(TextFragment fragment, int token) => fragment.Concepts is { } concepts
        ? concepts[token].Contains(Concept)
        : throw new ArgumentException($"The rule speaks of the concept {Concept}, but the concepts of this text are not known; they are of the Microworld's.");

    public override string ToString() => $"concept {Concept.Name} ({Concept.Meaning})";
}

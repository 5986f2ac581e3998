using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis.Interpretation.Rules;

/// <summary>A condition with the tokens of some fragments of which it is true.</summary>
/// <param name="Condition">the condition</param>
/// <param name="Tokens">where, numbered through: token t of fragment f is f·64 + t; ascending</param>
internal sealed record RuleCandidate(RuleCondition Condition, int[] Tokens);

/// <summary>The conditions that a rule for some fragments can be made of: those that are true of at least one of their tokens.</summary>
internal static class RuleCandidates
{
    /// <summary>The Microworld's concepts, where those of the text are known.</summary>
    public static IEnumerable<RuleCandidate> OfConcepts(IReadOnlyList<TextFragment> fragments) => fragments.All(fragment => fragment.Concepts is not null)
        ? Concepts.All.Select(concept => Candidate(new ConceptCondition(concept), fragments)).Where(candidate => candidate.Tokens.Length > 0)
        : [];

    /// <summary>What follows from the tokens: classes, single tokens, and the tokens before.</summary>
    public static IEnumerable<RuleCandidate> OfTokens(IReadOnlyList<TextFragment> fragments)
    {
        string[] shown = [.. fragments.SelectMany(fragment => fragment.Shown).Distinct()];
        return TokenClass.All.Select(one => (RuleCondition)new ClassCondition(one))
            .Concat(shown.Select(token => new TokenCondition(token)))
            .Concat(shown.Select(token => new AfterCondition(token)))
            .Select(condition => Candidate(condition, fragments))
            .Where(candidate => candidate.Tokens.Length > 0);
    }

    private static RuleCandidate Candidate(RuleCondition condition, IReadOnlyList<TextFragment> fragments) => new(
        condition,
        [.. Enumerable.Range(0, fragments.Count * TextFragment.Length).Where(token => condition.Holds(fragments[token / TextFragment.Length], token % TextFragment.Length))]);
}

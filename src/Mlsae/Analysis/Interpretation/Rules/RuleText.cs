using System.Globalization;
using System.Text;
using Mlsae.Text.Microworlds;

namespace Mlsae.Analysis.Interpretation.Rules;

/// <summary>
/// Rules in words: clauses such as <c>10 on concept name.female (a woman's given name); 4 on the token "·Mary"; 2 on tokens after "("; 1 on tokens with a digit</c>. What a rule says is all that a simulator knows of a
/// unit, so it is written out and read again.
/// </summary>
internal static class RuleText
{
    private const string Between = "; ";
    private const string On = " on ";

    /// <summary>A token in quotation marks; a quotation mark or backslash in it comes after a backslash.</summary>
    public static string Quoted(string token) => $"\"{token.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>Reads a rule.</summary>
    /// <exception cref="ArgumentException">It is none; the message says from where on.</exception>
    public static Rule Parse(string text)
    {
        var clauses = new List<RuleClause>();
        ReadOnlySpan<char> rest = text;
        while (true)
        {
            clauses.Add(Clause(ref rest, text));
            if (rest.IsEmpty)
            {
                return new Rule(clauses);
            }

            rest = After(Between, rest, text);
        }
    }

    private static RuleClause Clause(ref ReadOnlySpan<char> rest, string text)
    {
        int digits = rest.IndexOf(On);
        if (digits < 1 || !int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int level) || level is < 1 or > ActivationScale.Highest)
        {
            throw NoRule(rest, text);
        }

        rest = rest[(digits + On.Length)..];
        return new RuleClause(level, Condition(ref rest, text));
    }

    private static RuleCondition Condition(ref ReadOnlySpan<char> rest, string text)
    {
        // The whole of a known wording, so that no part of one is taken for another.
        foreach (var known in Worded)
        {
            string words = known.ToString();
            if (rest.StartsWith(words) && (rest.Length == words.Length || rest[words.Length..].StartsWith(Between)))
            {
                rest = rest[words.Length..];
                return known;
            }
        }

        if (rest.StartsWith("the token \""))
        {
            return new TokenCondition(Unquoted(ref rest, "the token ", text));
        }

        return new AfterCondition(Unquoted(ref rest, "tokens after ", text));
    }

    /// <summary>The conditions whose words are always the same.</summary>
    private static readonly RuleCondition[] Worded =
        [.. Concepts.All.Select(concept => new ConceptCondition(concept)), .. TokenClass.All.Select(one => new ClassCondition(one))];

    private static string Unquoted(ref ReadOnlySpan<char> rest, string before, string text)
    {
        rest = After("\"", After(before, rest, text), text);
        var token = new StringBuilder();
        for (int i = 0; i < rest.Length; i++)
        {
            if (rest[i] == '"')
            {
                rest = rest[(i + 1)..];
                return token.ToString();
            }

            i += rest[i] == '\\' && i + 1 < rest.Length ? 1 : 0;
            token.Append(rest[i]);
        }

        throw NoRule(rest, text);
    }

    private static ReadOnlySpan<char> After(string expected, ReadOnlySpan<char> rest, string text) => rest.StartsWith(expected) ? rest[expected.Length..] : throw NoRule(rest, text);

    private static ArgumentException NoRule(ReadOnlySpan<char> rest, string text) => new(
        $"'{text}' is no rule from '{rest}' on; a rule is such as: 10 on the token \"·Mary\"; 4 on tokens after \"(\"");
}

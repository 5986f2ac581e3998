namespace Mlsae.Analysis.Interpretation.Rules;

/// <summary>A condition, and how active a unit is where it holds.</summary>
/// <param name="Level">1 .. 10</param>
/// <param name="Condition">where</param>
internal sealed record RuleClause(int Level, RuleCondition Condition);

/// <summary>An explanation that can be computed: on each token the highest level of the clauses whose conditions hold, 0 where none does.</summary>
internal sealed record Rule(IReadOnlyList<RuleClause> Clauses)
{
    /// <summary>[64] The levels on a fragment.</summary>
    /// <exception cref="ArgumentException">A clause is about concepts, and those of the text are not known.</exception>
    public double[] Levels(TextFragment fragment)
    {
        var levels = new double[TextFragment.Length];
        foreach (var (level, condition) in Clauses)
        {
            for (int token = 0; token < levels.Length; token++)
            {
                levels[token] = level > levels[token] && condition.Holds(fragment, token) ? level : levels[token];
            }
        }

        return levels;
    }

    /// <summary>The rule in words, as <see cref="RuleText.Parse"/> reads it.</summary>
    public override string ToString() => string.Join("; ", Clauses.Select(clause => $"{clause.Level} on {clause.Condition}"));
}

namespace Mlsae.Analysis.Interpretation.Rules;

/// <summary>
/// An explainer that needs no language model. It proposes rules of up to five clauses, of the Microworld's concepts where those of the text are known, of the tokens, or of both. Which of the three, and how many clauses, it
/// decides by leaving out one of the five fragments after the other: the rules made from four are tried on the fifth, and what correlates best over all five is made again from all of them.
/// </summary>
/// <remarks>Scores of its explanations measure how well such rules describe units; a language model may see more, or less.</remarks>
public sealed class RuleExplainer : IExplainer
{
    /// <inheritdoc/>
    public string Name => "rules";

    /// <inheritdoc/>
    public ValueTask<string> ExplainAsync(IReadOnlyList<ScaledFragment> fragments, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Explain(fragments).ToString());
    }

    /// <summary>The rule for some fragments.</summary>
    internal static Rule Explain(IReadOnlyList<ScaledFragment> scaled)
    {
        TextFragment[] fragments = [.. scaled.Select(one => one.Fragment)];
        double[] levels = [.. scaled.SelectMany(one => one.Levels.Select(level => (double)level))];
        RuleCandidate[] concepts = [.. RuleCandidates.OfConcepts(fragments)], tokens = [.. RuleCandidates.OfTokens(fragments)];
        RuleCandidate[][] pools = concepts.Length > 0 ? [concepts, tokens, [.. concepts, .. tokens]] : [tokens];
        RuleFit[] fits = [.. pools.Select(pool => new RuleFit(pool, levels))];

        // Of equally good ones the first pool, and the fewest clauses.
        var (fit, count, _) = fits.SelectMany(one => HeldOut(one, levels).Select((score, i) => (Fit: one, Clauses: i + 1, Score: score))).MaxBy(one => one.Score);
        var all = new bool[levels.Length];
        Array.Fill(all, true);
        var clauses = fit.Clauses(all).Take(count);
        return new Rule([.. clauses.Select(clause => new RuleClause(clause.Level, clause.Candidate.Condition))]);
    }

    /// <summary>[clauses − 1] How well rules of 1, 2, ... clauses made from the other fragments correlate with each fragment's levels, all fragments together.</summary>
    private static double[] HeldOut(RuleFit fit, double[] levels)
    {
        double[][] predictions = [.. Enumerable.Range(0, RuleFit.MostClauses).Select(_ => new double[levels.Length])];
        for (int start = 0; start < levels.Length; start += TextFragment.Length)
        {
            var (first, end) = (start, start + TextFragment.Length);
            var clauses = fit.Clauses([.. Enumerable.Range(0, levels.Length).Select(token => token < first || token >= end)]);
            var prediction = new double[levels.Length];
            for (int count = 0; count < RuleFit.MostClauses; count++)
            {
                if (count < clauses.Count)
                {
                    RuleFit.Raise(prediction, clauses[count].Candidate, clauses[count].Level);
                }

                prediction.AsSpan(first, TextFragment.Length).CopyTo(predictions[count].AsSpan(first));
            }
        }

        return [.. predictions.Select(prediction => Correlation.Of(prediction, levels) ?? 0)];
    }
}

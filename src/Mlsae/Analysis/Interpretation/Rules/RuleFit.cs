namespace Mlsae.Analysis.Interpretation.Rules;

/// <summary>Builds a rule clause by clause, each time the one with which the rule's levels correlate best with the true ones. A clause's level is the rounded mean of the true levels where its condition holds.</summary>
/// <param name="candidates">of equally good ones the first is taken</param>
/// <param name="levels">[tokens] the true levels, 0 .. 10</param>
internal sealed class RuleFit(IReadOnlyList<RuleCandidate> candidates, double[] levels)
{
    /// <summary>Clauses of the longest rule: what a reader still takes in at once.</summary>
    public const int MostClauses = 5;

    // What only rounding makes better is not better.
    private const double LeastGain = 1e-9;

    /// <summary>The clauses in the order in which they were added; none where the true levels do not vary.</summary>
    /// <param name="isIncluded">[tokens] which tokens the rule is made from</param>
    public IReadOnlyList<(RuleCandidate Candidate, int Level)> Clauses(bool[] isIncluded)
    {
        var chosen = new List<(RuleCandidate, int)>();
        var prediction = new double[levels.Length];
        var sums = Sums.Of(levels, isIncluded);
        double best = double.NegativeInfinity;
        while (chosen.Count < MostClauses && sums.TruthVaries)
        {
            if (Best(prediction, isIncluded, sums) is not { } found || !(found.Correlation > best + LeastGain))
            {
                break;
            }

            Raise(prediction, found.Candidate, found.Level);
            (sums, best) = (found.Sums, found.Correlation);
            chosen.Add((found.Candidate, found.Level));
        }

        return chosen;
    }

    /// <summary>Lets the levels be at least <paramref name="level"/> where a condition holds.</summary>
    public static void Raise(double[] prediction, RuleCandidate candidate, int level)
    {
        foreach (int token in candidate.Tokens)
        {
            prediction[token] = Math.Max(prediction[token], level);
        }
    }

    private (RuleCandidate Candidate, int Level, double Correlation, Sums Sums)? Best(double[] prediction, bool[] isIncluded, Sums sums)
    {
        (RuleCandidate, int, double Correlation, Sums)? best = null;
        foreach (var candidate in candidates)
        {
            if (Level(candidate, isIncluded) is not { } level)
            {
                continue;
            }

            var after = sums;
            foreach (int token in candidate.Tokens)
            {
                if (isIncluded[token] && level > prediction[token])
                {
                    after = after.Raised(prediction[token], level, levels[token]);
                }
            }

            if (after.Correlation is { } correlation && !(correlation <= best?.Correlation + LeastGain))
            {
                best = (candidate, level, correlation, after);
            }
        }

        return best;
    }

    private int? Level(RuleCandidate candidate, bool[] isIncluded)
    {
        double sum = 0;
        int count = 0;
        foreach (int token in candidate.Tokens)
        {
            (sum, count) = isIncluded[token] ? (sum + levels[token], count + 1) : (sum, count);
        }

        return count == 0 ? null : Math.Max(1, (int)Math.Round(sum / count));
    }

    /// <summary>What a correlation of predicted levels p and true ones v is computed from.</summary>
    private readonly record struct Sums(int N, double P, double PP, double PV, double V, double VV)
    {
        public bool TruthVaries => N * VV - V * V > 0;

        public double? Correlation => N * PP - P * P > 0 ? (N * PV - P * V) / Math.Sqrt((N * PP - P * P) * (N * VV - V * V)) : null;

        public static Sums Of(double[] levels, bool[] isIncluded)
        {
            var sums = new Sums();
            for (int i = 0; i < levels.Length; i++)
            {
                sums = isIncluded[i] ? sums with { N = sums.N + 1, V = sums.V + levels[i], VV = sums.VV + levels[i] * levels[i] } : sums;
            }

            return sums;
        }

        public Sums Raised(double from, double to, double truth) =>
            this with { P = P + to - from, PP = PP + to * to - from * from, PV = PV + (to - from) * truth };
    }
}

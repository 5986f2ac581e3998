namespace Mlsae.Analysis.Proxies;

/// <summary>
/// Text of a script. By Bayes P(s | script) / P(s) = P(script | s) / P(script), and P(script | s) is 1 where all characters of s lie in the script's blocks and 1e-10 elsewhere. So the score of a token is −ln P(script)
/// where it ends a string of the script, and far below 0 elsewhere.
/// </summary>
/// <remarks>
/// A byte-level token may hold part of a character. It ends a string with the tokens that hold the rest before it; where the rest comes after it, P(script | token) is the share of its occurrences in the text whose
/// character is of the script, as published. White space is of no script and is passed over, so that a word counts that carries its blank before it; a token of white space alone is of none.
/// </remarks>
/// <param name="script">the script</param>
public sealed class ScriptProxy(UnicodeScript script) : TokenProxy(script.Name, script.Concept)
{
    /// <inheritdoc/>
    public override string Definition =>
        $"{Name}/1: ln P(script|s)/P(script), largest over strings s that end at the token; P(script|s) 1 where all characters but white space are in the blocks, else 1e-10; of a single part of a character the share of its occurrences";

    /// <inheritdoc/>
    public override bool OccursIn(ProxyStatistics statistics) => statistics.Of(script).Share > 0;

    /// <inheritdoc/>
    public override double[] Scores(ReadOnlySpan<int> ids, ProxyStatistics statistics)
    {
        var known = statistics.Of(script);
        var places = TokenCharacters.Of(ids, statistics.Tokenizer);
        var scores = new double[ids.Length];
        for (int t = 0; t < ids.Length; t++)
        {
            bool isWhole = places[t].EndsCharacter && places[t].AreIn(script);
            double given = isWhole ? 1 : places[t].IsPart ? Math.Max(Impossible, known.ShareOfToken(ids[t])) : Impossible;
            scores[t] = statistics.Tokenizer.IsSpecial(ids[t]) ? double.NaN : Math.Log(given / known.Share);
        }

        return scores;
    }
}

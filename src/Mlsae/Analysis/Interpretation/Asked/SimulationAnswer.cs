using System.Globalization;
using System.Text.RegularExpressions;
using Mlsae.Endpoints;

namespace Mlsae.Analysis.Interpretation.Asked;

/// <summary>Reads the activations in a language model's answer.</summary>
internal static partial class SimulationAnswer
{
    // Less than this of the probability on numbers says nothing about which.
    private const double LeastMass = 1e-3;

    /// <summary>The simulation in an answer.</summary>
    /// <returns>null unless each of the numbers 1 .. 64 comes once, in order, on a line of its own with an activation of 0 .. 10; lines of other kinds are passed over</returns>
    public static Simulation? Read(ChatAnswer answer)
    {
        Match[] lines = [.. Line().Matches(answer.Text).Cast<Match>()];
        if (lines.Length != TextFragment.Length || lines.Index().Any(line => Number(line.Item.Groups[1].Value) != line.Index + 1))
        {
            return null;
        }

        var tokens = TokensByPlace(answer);
        double?[] expected = [.. lines.Select(line => Expected(line.Groups[2], tokens))];
        return new Simulation([.. lines.Zip(expected, (line, value) => value ?? Number(line.Groups[2].Value))], expected.All(value => value is not null));
    }

    [GeneratedRegex(@"^[ ]*([0-9]{1,2})[ ]*[\t:,.][ \t]*(10|[0-9])[ \t\r]*$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Line();

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    /// <summary>The tokens of an answer by the place of their first character in its text; none where they do not make up the text.</summary>
    private static (int Start, AnswerToken Token)[] TokensByPlace(ChatAnswer answer)
    {
        if (string.Concat(answer.Tokens.Select(token => token.Text)) != answer.Text)
        {
            return [];
        }

        int start = 0;
        return [.. answer.Tokens.Select(token =>
        {
            start += token.Text.Length;
            return (start - token.Text.Length, token);
        })];
    }

    /// <summary>Σ p(v)·v / Σ p(v) over the alternatives that are an activation v; null where the token's probabilities are not known.</summary>
    private static double? Expected(Group value, (int Start, AnswerToken Token)[] tokens)
    {
        int index = Array.FindLastIndex(tokens, token => token.Start <= value.Index);
        if (index < 0)
        {
            return null;
        }

        string chosen = tokens[index].Token.Text.Trim();
        double mass = 0, sum = 0;
        foreach (var alternative in tokens[index].Token.Alternatives)
        {
            // Of a 10 that is written as two tokens, the 1 stands for it.
            string text = alternative.Text.Trim();
            if (Activation(text == chosen ? value.Value : text) is { } activation)
            {
                double probability = Math.Exp(alternative.LogProbability);
                (mass, sum) = (mass + probability, sum + probability * activation);
            }
        }

        return mass >= LeastMass ? sum / mass : null;
    }

    private static int? Activation(string text) =>
        text.Length is 1 or 2 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= ActivationScale.Highest ? value : null;
}

using Mlsae.Endpoints;

namespace Mlsae.Analysis.Interpretation.Asked;

/// <summary>
/// Asks a language model to simulate units, one fragment at a time, uncalibrated. Where the endpoint gives the probabilities of the answer's tokens, a token's activation is the expected value over the answers 0 .. 10 as in Bills et al. 2023;
/// otherwise the answer itself.
/// </summary>
/// <param name="chat">is asked</param>
/// <param name="model">the model's name</param>
/// <param name="wantsProbabilities">whether probabilities are asked for</param>
public sealed class EndpointSimulator(IChat chat, string model, bool wantsProbabilities = true) : ISimulator
{
    /// <summary>How often a fragment is asked about where the answer is malformed.</summary>
    internal const int Attempts = 3;

    // Number, tab, activation and line break, and some of each may be two tokens.
    private const int TokensPerLine = 6;

    private const string Task =
        "A unit inside a language model was described in words. You see the description, and a text, one token a line, each with its number. Guess how active the unit is on every token: "
        + "a whole number from 0 (not at all) to 10 (most). It knows only the tokens up to the one it is on. On most tokens of most texts it is not active at all.\n"
        + "Answer with one line for every token and nothing else: the token's number, a tab, and the activation. So for the description \"names of colours\" and the text\n"
        + "1\tThe\n2\t blue\n3\t sky\nthe answer is\n1\t0\n2\t10\n3\t0";

    /// <inheritdoc/>
    public string Name => model;

    /// <inheritdoc/>
    public async ValueTask<Simulation> SimulateAsync(string explanation, TextFragment fragment, CancellationToken cancellation)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (SimulationAnswer.Read(await chat.AskAsync(Question(explanation, fragment, attempt), cancellation)) is { } simulation)
            {
                return simulation;
            }
        }

        throw new UnansweredException($"{model} gave no activation for every token, {Attempts} times in a row");
    }

    /// <summary>What is asked about a fragment.</summary>
    /// <param name="explanation">of the unit</param>
    /// <param name="fragment">the text</param>
    /// <param name="attempt">after the first, what was wrong before is said</param>
    internal ChatQuestion Question(string explanation, TextFragment fragment, int attempt = 0)
    {
        string reminder = attempt == 0 ? "" : $"\nAttempt {attempt + 1}: give exactly {TextFragment.Length} lines, the numbers 1 to {TextFragment.Length} in order, each followed by a tab and its activation.";
        string text = PromptText.Lines(fragment.Texts.Select((token, i) => $"{i + 1}\t{PromptText.Line(token)}"));
        return new ChatQuestion(model, Task, $"Description: {explanation}\nText:\n{text}{reminder}", TokensPerLine * TextFragment.Length, wantsProbabilities);
    }
}

using Mlsae.Endpoints;

namespace Mlsae.Analysis.Interpretation.Asked;

/// <summary>Asks a language model to explain units.</summary>
/// <param name="chat">is asked</param>
/// <param name="model">the model's name</param>
public sealed class EndpointExplainer(IChat chat, string model) : IExplainer
{
    private const int LongestAnswer = 120;

    // Where few tokens are active they are listed once more: Bills et al. do the same.
    private const double SparseBelow = 0.2;

    private const string Task =
        "You study a unit inside a language model. You see some short texts, one token a line, and after a tab how active the unit is on that token, from 0 (not at all) to 10 (most). "
        + "Find out what it is active on. It may be one token or word, words of a kind, a topic or a kind of text, a place in a sentence, or what comes after certain words. "
        + "Answer with one short phrase that goes on from the words: This unit is active on. Do not repeat these words, and say nothing else.";

    /// <inheritdoc/>
    public string Name => model;

    /// <inheritdoc/>
    public async ValueTask<string> ExplainAsync(IReadOnlyList<ScaledFragment> fragments, CancellationToken cancellation)
    {
        var answer = await chat.AskAsync(Question(fragments), cancellation);
        string explanation = Words(answer);
        return explanation.Length > 0 ? explanation : throw new UnansweredException($"{model} gave no explanation");
    }

    /// <summary>The explanation in an answer, on one line.</summary>
    internal static string Words(ChatAnswer answer) => string.Join(' ', answer.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>What is asked about a unit.</summary>
    internal ChatQuestion Question(IReadOnlyList<ScaledFragment> fragments) => new(model, Task, string.Join('\n', fragments.Select(Text)) + Again(fragments), LongestAnswer);

    private static string Text(ScaledFragment scaled, int index) => $"Text {index + 1}\n" + PromptText.Lines(scaled.Fragment.Texts.Zip(scaled.Levels, Line));

    private static string Again(IReadOnlyList<ScaledFragment> fragments)
    {
        var active = fragments.SelectMany(scaled => scaled.Fragment.Texts.Zip(scaled.Levels)).Where(token => token.Second > 0).ToArray();
        return active.Length < SparseBelow * fragments.Count * TextFragment.Length
            ? "\nThe active tokens of all texts once more\n" + PromptText.Lines(active.Select(token => Line(token.First, token.Second)))
            : "";
    }

    private static string Line(string token, int level) => $"{PromptText.Line(token)}\t{level}";
}

using System.Text.Json;

namespace Mlsae.Endpoints;

/// <summary>Reads what endpoints answer. Other fields than those needed may be there; what is needed and missing or of the wrong type makes the answer malformed.</summary>
internal static class ChatReply
{
    // Less likely alternatives are left out: they would fill the disk, and change an expected value by less than a hundredth.
    private static readonly double LeastLogProbability = Math.Log(1e-4);

    /// <summary>The answer in a reply.</summary>
    /// <param name="json">the reply's body</param>
    /// <param name="estimated">tokens of the question and of the longest answer, for endpoints that do not count them</param>
    /// <exception cref="FormatException">It is no chat completion; the message says what is wrong.</exception>
    public static ChatAnswer Parse(string json, (int Input, int Output) estimated)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var choice = root.GetProperty("choices")[0];

            // A refusal has no content.
            var content = choice.GetProperty("message").TryGetProperty("content", out var text) ? text : default;
            return new ChatAnswer(
                content.ValueKind == JsonValueKind.String ? content.GetString()! : "", Tokens(choice), Usage(root, "prompt_tokens") ?? estimated.Input, Usage(root, "completion_tokens") ?? estimated.Output);
        }
        catch (Exception problem) when (problem is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or FormatException)
        {
            throw new FormatException($"no chat completion ({problem.Message.Split('\n')[0]})");
        }
    }

    /// <summary>What an endpoint says of why it refuses.</summary>
    /// <returns>its sentence, and its code where it gives one</returns>
    public static (string Message, string Code) Refusal(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.TryGetProperty("error", out var error))
            {
                return error.ValueKind == JsonValueKind.String ? (error.GetString()!, "") : (Text(error, "message"), Text(error, "code"));
            }

            return (Text(document.RootElement, "message"), "");
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            return (body, "");
        }
    }

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";

    private static AnswerToken[] Tokens(JsonElement choice) =>
        choice.TryGetProperty("logprobs", out var probabilities) && probabilities.ValueKind == JsonValueKind.Object
        && probabilities.TryGetProperty("content", out var tokens) && tokens.ValueKind == JsonValueKind.Array
            ? [.. tokens.EnumerateArray().Select(token => new AnswerToken(
                token.GetProperty("token").GetString() ?? "", token.TryGetProperty("top_logprobs", out var others) && others.ValueKind == JsonValueKind.Array ? Alternatives(others) : []))]
            : [];

    private static TokenAlternative[] Alternatives(JsonElement elements) =>
    [
        .. elements.EnumerateArray().Select(element => new TokenAlternative(element.GetProperty("token").GetString() ?? "", element.GetProperty("logprob").GetDouble()))
            .Where(alternative => alternative.LogProbability >= LeastLogProbability),
    ];

    private static int? Usage(JsonElement root, string name) =>
        root.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object && usage.TryGetProperty(name, out var count) && count.ValueKind == JsonValueKind.Number && count.TryGetInt32(out int tokens) && tokens >= 0 ? tokens : null;
}

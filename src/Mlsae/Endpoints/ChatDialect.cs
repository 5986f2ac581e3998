using System.Text.Json.Nodes;

namespace Mlsae.Endpoints;

/// <summary>What an endpoint understands: not all take every field of the protocol, and newer models call one of them otherwise.</summary>
/// <param name="LimitField">what the limit of the answer's tokens is called</param>
/// <param name="HasTemperature">whether a temperature may be given</param>
/// <param name="HasProbabilities">whether probabilities may be asked for</param>
internal sealed record ChatDialect(string LimitField = "max_tokens", bool HasTemperature = true, bool HasProbabilities = true)
{
    private const int Alternatives = 20;

    /// <summary>The body of a question. The likeliest answer is wanted: temperature 0.</summary>
    public string Body(ChatQuestion question)
    {
        var body = new JsonObject
        {
            ["model"] = question.Model,
            ["messages"] = new JsonArray(Message("system", question.System), Message("user", question.User)),
            [LimitField] = question.MostTokens,
        };
        if (HasTemperature)
        {
            body["temperature"] = 0;
        }

        if (HasProbabilities && question.WantsProbabilities)
        {
            body["logprobs"] = true;
            body["top_logprobs"] = Alternatives;
        }

        return body.ToJsonString();
    }

    /// <summary>The dialect to try next where an endpoint refuses a question and names a field; null where it names none that could be left out.</summary>
    /// <param name="refusal">what the endpoint says</param>
    public ChatDialect? After(string refusal) =>
        HasProbabilities && refusal.Contains("logprobs", StringComparison.OrdinalIgnoreCase) ? this with { HasProbabilities = false }
        : LimitField == "max_tokens" && refusal.Contains("max_completion_tokens", StringComparison.OrdinalIgnoreCase) ? this with { LimitField = "max_completion_tokens" }
        : HasTemperature && refusal.Contains("temperature", StringComparison.OrdinalIgnoreCase) ? this with { HasTemperature = false }
        : null;

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };
}

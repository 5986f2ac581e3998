using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Mlsae.Endpoints;

/// <summary>Asks an endpoint, once a question. Fields that it refuses are left out of this question and of all later ones.</summary>
public sealed class EndpointChat : IChat, IDisposable
{
    private const int LongestRefusalShown = 200;
    private const int Overloaded = 529;

    private readonly EndpointConfig _config;
    private readonly HttpClient _client;
    private volatile ChatDialect _dialect = new();

    /// <param name="config">the endpoint</param>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public EndpointChat(EndpointConfig config)
    {
        _config = config.Validated();

        // A key must not follow a redirect to another host.
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = _config.Timeout };
        if (config.Key is { } key)
        {
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">It failed; a <see cref="PersistentChat"/> in front of this asks again where that may help.</exception>
    public async Task<ChatAnswer> AskAsync(ChatQuestion question, CancellationToken cancellation)
    {
        try
        {
            var dialect = _dialect;
            using var content = new StringContent(dialect.Body(question), Encoding.UTF8, "application/json");
            using var response = await _client.PostAsync(_config.Completions, content, cancellation);
            string body = await response.Content.ReadAsStringAsync(cancellation);
            if (response.StatusCode == HttpStatusCode.BadRequest && dialect.After(body) is { } next)
            {
                _dialect = next;
                return await AskAsync(question, cancellation);
            }

            return response.IsSuccessStatusCode ? ChatReply.Parse(body, (TokenEstimate.Of(question), question.MostTokens)) : throw Failure(question, response, body);
        }
        catch (FormatException problem)
        {
            throw new PassingFailureException($"answers with {problem.Message}", MayCost: true);
        }
        catch (HttpRequestException problem)
        {
            throw new PassingFailureException($"cannot be reached ({problem.Message})");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new PassingFailureException($"gives no answer within {_config.Timeout.TotalSeconds:0.#} seconds", MayCost: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private IOException Failure(ChatQuestion question, HttpResponseMessage response, string body)
    {
        var (message, code) = ChatReply.Refusal(body);
        int status = (int)response.StatusCode;
        return code != "insufficient_quota" && (status is 408 or 425 or 429 or >= 500 and <= 504 or Overloaded)
            ? new PassingFailureException(status == 429 ? "limits how often it can be asked (status 429)" : $"fails (status {status})", WaitAskedFor(response))
            : new EndpointException($"The endpoint {_config.ShownAddress} {Reason(status, question.Model, code)}{Shown(message, status)}");
    }

    /// <summary>How long the endpoint asks to wait; null where it does not.</summary>
    private static TimeSpan? WaitAskedFor(HttpResponseMessage response)
    {
        var after = response.Headers.RetryAfter;
        var wait = after?.Delta ?? (after?.Date is { } date ? date - DateTimeOffset.UtcNow : null);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static string Reason(int status, string model, string code) => (status, code) switch
    {
        (_, "insufficient_quota") => "says that the account has no credit left.",
        (401 or 403, _) => "refuses the key (status " + status + "): put one that it takes into the environment variable for the key.",
        (404, _) => $"has no model '{model}', or nothing there answers questions (status 404): check the names, and that the address is the one that /chat/completions comes after.",
        (>= 300 and < 400, _) => $"is elsewhere (status {status}): give the address that it redirects to.",
        _ => $"refuses the question (status {status}).",
    };

    /// <summary>What the endpoint says itself, without the key where it repeats that. Of a refused key nothing is shown.</summary>
    private string Shown(string message, int status)
    {
        if (status is 401 or 403 || message.Length == 0)
        {
            return "";
        }

        string plain = string.Concat(message.Select(c => char.IsControl(c) ? ' ' : c));
        string safe = _config.Key is { Length: > 0 } key ? plain.Replace(key, "***", StringComparison.Ordinal) : plain;
        return $" It says: {(safe.Length > LongestRefusalShown ? safe[..LongestRefusalShown] + "..." : safe)}";
    }
}

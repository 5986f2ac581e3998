using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Mlsae.Endpoints;

/// <summary>
/// Asks an endpoint. Where it is busy, fails, cannot be reached or answers with something malformed, it is asked again after a wait that doubles each time, or after as long as it says itself. Fields that it refuses are left out.
/// </summary>
public sealed class EndpointChat : IChat, IDisposable
{
    private const int LongestRefusalShown = 200;
    private const int Overloaded = 529;

    private readonly EndpointConfig _config;
    private readonly HttpClient _client;
    private readonly Func<TimeSpan, CancellationToken, Task> _wait;
    private volatile ChatDialect _dialect = new();

    /// <param name="config">the endpoint</param>
    /// <param name="wait">how to wait; null for the clock's way, which tests need not</param>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public EndpointChat(EndpointConfig config, Func<TimeSpan, CancellationToken, Task>? wait = null)
    {
        _config = config.Validated();
        _wait = wait ?? Task.Delay;

        // A key must not follow a redirect to another host.
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = _config.Timeout };
        if (config.Key is { } key)
        {
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    /// <inheritdoc/>
    public async Task<ChatAnswer> AskAsync(ChatQuestion question, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            var outcome = await TryAsync(question, cancellation);
            if (outcome.Answer is { } answer)
            {
                return answer;
            }

            if (attempt >= _config.Attempts)
            {
                throw new EndpointException($"The endpoint {_config.ShownAddress} {outcome.Problem}, {attempt} times in a row. What was answered until then is kept; run again to go on.");
            }

            await _wait(outcome.WaitAskedFor ?? WaitAfter(attempt), cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Doubled with every attempt; somewhat less by chance, so that questions that failed together do not come together again.</summary>
    private TimeSpan WaitAfter(int attempt)
    {
        var wait = _config.FirstWait * Math.Pow(2, attempt - 1);
        return (wait < _config.LongestWait ? wait : _config.LongestWait) * (0.5 + 0.5 * Random.Shared.NextDouble());
    }

    /// <summary>One attempt: an answer, or what went wrong in a way that may pass.</summary>
    private async Task<Outcome> TryAsync(ChatQuestion question, CancellationToken cancellation)
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
                return await TryAsync(question, cancellation);
            }

            return response.IsSuccessStatusCode
                ? new Outcome(ChatReply.Parse(body, (TokenEstimate.Of(question), question.MostTokens)))
                : Failed(question, response, body);
        }
        catch (FormatException problem)
        {
            return new Outcome(null, $"answered with {problem.Message}");
        }
        catch (HttpRequestException problem)
        {
            return new Outcome(null, $"cannot be reached ({problem.Message})");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Outcome(null, $"gave no answer within {_config.Timeout.TotalSeconds:0.#} seconds");
        }
    }

    private Outcome Failed(ChatQuestion question, HttpResponseMessage response, string body)
    {
        var (message, code) = ChatReply.Refusal(body);
        int status = (int)response.StatusCode;
        if (code != "insufficient_quota" && (status is 408 or 425 or 429 or >= 500 and <= 504 or Overloaded))
        {
            return new Outcome(null, status == 429 ? "limits how often it can be asked (status 429)" : $"fails (status {status})", WaitAskedFor(response));
        }

        throw new EndpointException($"The endpoint {_config.ShownAddress} {Reason(status, question.Model, code)}{Shown(message, status)}");
    }

    /// <summary>How long the endpoint asks to wait; null where it does not.</summary>
    /// <exception cref="EndpointException">Too long.</exception>
    private TimeSpan? WaitAskedFor(HttpResponseMessage response)
    {
        var after = response.Headers.RetryAfter;
        var wait = after?.Delta ?? (after?.Date is { } date ? date - DateTimeOffset.UtcNow : null);
        return wait is null ? null
            : wait <= TimeSpan.Zero ? TimeSpan.Zero
            : wait <= _config.LongestWaitAskedFor ? wait
            : throw new EndpointException($"The endpoint {_config.ShownAddress} asks to come back in {wait.Value.TotalMinutes:0} minutes. What was answered until now is kept; run again then.");
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

    private readonly record struct Outcome(ChatAnswer? Answer, string Problem = "", TimeSpan? WaitAskedFor = null);
}

namespace Mlsae.Endpoints;

/// <summary>One attempt failed in a way that may pass: the endpoint is busy, fails, cannot be reached or answers with something malformed.</summary>
/// <param name="Problem">goes on from "the endpoint"</param>
/// <param name="WaitAskedFor">how long the endpoint asks to wait; null where it does not</param>
/// <param name="MayCost">whether the endpoint may have worked on the question, and charge for it</param>
internal sealed class PassingFailureException(string Problem, TimeSpan? WaitAskedFor = null, bool MayCost = false) : IOException($"The endpoint {Problem}.")
{
    public string Problem { get; } = Problem;

    public TimeSpan? WaitAskedFor { get; } = WaitAskedFor;

    public bool MayCost { get; } = MayCost;
}

/// <summary>Asks again where an endpoint failed in a way that may pass, after a wait that doubles each time, or after as long as the endpoint says itself.</summary>
/// <param name="inner">is asked</param>
/// <param name="config">how often, and how long waits are</param>
/// <param name="wait">how to wait; null for the clock's way, which tests need not</param>
public sealed class PersistentChat(IChat inner, EndpointConfig config, Func<TimeSpan, CancellationToken, Task>? wait = null) : IChat
{
    /// <inheritdoc/>
    public async Task<ChatAnswer> AskAsync(ChatQuestion question, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await inner.AskAsync(question, cancellation);
            }
            catch (PassingFailureException problem)
            {
                await (wait ?? Task.Delay)(WaitAfter(attempt, problem), cancellation);
            }
        }
    }

    /// <summary>Doubled with every attempt; somewhat less by chance, so that questions that failed together do not come together again.</summary>
    /// <exception cref="EndpointException">It was tried often enough, or the endpoint asks for a longer wait than is allowed.</exception>
    private TimeSpan WaitAfter(int attempt, PassingFailureException problem)
    {
        if (attempt >= config.Attempts)
        {
            throw new EndpointException($"The endpoint {config.ShownAddress} {problem.Problem}, {attempt} times in a row. What was answered until then is kept; run again to go on.");
        }

        if (problem.WaitAskedFor is { } asked)
        {
            return asked <= config.LongestWaitAskedFor ? asked : throw new EndpointException(
                $"The endpoint {config.ShownAddress} asks to come back in {asked.TotalMinutes:0} minutes. What was answered until now is kept; run again then.");
        }

        var doubled = config.FirstWait * Math.Pow(2, attempt - 1);
        return (doubled < config.LongestWait ? doubled : config.LongestWait) * (0.5 + 0.5 * Random.Shared.NextDouble());
    }
}

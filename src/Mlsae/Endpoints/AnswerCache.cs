using System.Text.Json;
using Mlsae.Storage;

namespace Mlsae.Endpoints;

/// <summary>A question with its answer, as it is kept.</summary>
/// <param name="Endpoint">whose answer</param>
/// <param name="Question">the question</param>
/// <param name="Answer">the answer</param>
public sealed record KeptAnswer(string Endpoint, ChatQuestion Question, ChatAnswer Answer);

/// <summary>Answers on disk, one file each, named by the hash of endpoint and question: what was answered once is never paid for again, whenever the work was stopped. No key is in them.</summary>
/// <param name="folder">where they lie; made when the first is kept</param>
/// <param name="endpoint">the endpoint's address</param>
public sealed class AnswerCache(string folder, string endpoint)
{
    private const int FolderDigits = 2;

    /// <summary>The answer to a question; null where it was not asked yet.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; the message names it and says what to do.</exception>
    public ChatAnswer? Find(ChatQuestion question)
    {
        string path = PathOf(question);
        if (!File.Exists(path))
        {
            return null;
        }

        var kept = JsonFile.Read<KeptAnswer>(path);
        return kept.Question == question && kept.Endpoint == endpoint
            ? kept.Answer
            : throw new InvalidDataException($"'{path}' holds the answer to another question than its name says; delete it, and it is asked again.");
    }

    /// <summary>Keeps an answer.</summary>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void Keep(ChatQuestion question, ChatAnswer answer) => JsonFile.Write(PathOf(question), new KeptAnswer(endpoint, question, answer));

    /// <summary>What names an answer: 64 hexadecimal digits.</summary>
    internal string HashOf(ChatQuestion question) => ContentHash.OfText(JsonSerializer.Serialize(new { endpoint, question }, JsonFile.SnakeCase))["sha256:".Length..];

    private string PathOf(ChatQuestion question)
    {
        string hash = HashOf(question);
        return Path.Combine(folder, hash[..FolderDigits], hash + ".json");
    }
}

/// <summary>Asks only what is not in a cache, and keeps the answers.</summary>
/// <param name="inner">is asked what is not known</param>
/// <param name="cache">the answers known</param>
public sealed class CachedChat(IChat inner, AnswerCache cache) : IChat
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (string Model, int Input, int Output)> _used = [];

    /// <summary>The questions whose answers were used, by model: tokens of questions and of answers, each question once.</summary>
    public IReadOnlyList<(string Model, long InputTokens, long OutputTokens)> Used()
    {
        lock (_lock)
        {
            return [.. _used.Values.GroupBy(use => use.Model).Select(model => (model.Key, model.Sum(use => (long)use.Input), model.Sum(use => (long)use.Output)))];
        }
    }

    /// <inheritdoc/>
    public async Task<ChatAnswer> AskAsync(ChatQuestion question, CancellationToken cancellation)
    {
        var answer = cache.Find(question);
        if (answer is null)
        {
            answer = await inner.AskAsync(question, cancellation);
            cache.Keep(question, answer);
        }

        lock (_lock)
        {
            _used[cache.HashOf(question)] = (question.Model, answer.InputTokens, answer.OutputTokens);
        }

        return answer;
    }
}

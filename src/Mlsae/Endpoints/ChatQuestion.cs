namespace Mlsae.Endpoints;

/// <summary>One question to a language model behind an endpoint.</summary>
/// <param name="Model">the model's name there</param>
/// <param name="System">what it is to do</param>
/// <param name="User">what it is to do it with</param>
/// <param name="MostTokens">tokens of the longest answer that is of use</param>
/// <param name="WantsProbabilities">whether the probabilities of the answer's tokens are wanted, where the endpoint gives them</param>
public sealed record ChatQuestion(string Model, string System, string User, int MostTokens, bool WantsProbabilities = false);

/// <summary>An answer.</summary>
/// <param name="Text">what it says</param>
/// <param name="Tokens">its tokens with what else they could have been; empty where the endpoint does not say</param>
/// <param name="InputTokens">tokens of the question, as the endpoint counts them</param>
/// <param name="OutputTokens">tokens of the answer</param>
public sealed record ChatAnswer(string Text, IReadOnlyList<AnswerToken> Tokens, int InputTokens, int OutputTokens);

/// <summary>A token of an answer.</summary>
/// <param name="Text">its text</param>
/// <param name="Alternatives">the likeliest tokens at its place, itself among them</param>
public sealed record AnswerToken(string Text, IReadOnlyList<TokenAlternative> Alternatives);

/// <summary>What a token could have been.</summary>
/// <param name="Text">its text</param>
/// <param name="LogProbability">natural logarithm of its probability</param>
public sealed record TokenAlternative(string Text, double LogProbability);

/// <summary>Answers questions: an endpoint, or something in front of it. Safe to use from several threads at once.</summary>
public interface IChat
{
    /// <summary>Asks.</summary>
    /// <exception cref="EndpointException">The endpoint cannot be used; the message says why and what would be right.</exception>
    /// <exception cref="SpendLimitException">The question could pass the cap on spend and was not asked.</exception>
    Task<ChatAnswer> AskAsync(ChatQuestion question, CancellationToken cancellation);
}

/// <summary>An endpoint cannot be used, or not any longer.</summary>
public sealed class EndpointException(string sentence, Exception? cause = null) : IOException(sentence, cause);

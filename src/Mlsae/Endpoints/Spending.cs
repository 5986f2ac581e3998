using System.Globalization;
using Mlsae.Numerics;

namespace Mlsae.Endpoints;

/// <summary>What a model's tokens cost, in whatever currency.</summary>
/// <param name="Input">of a million tokens of questions</param>
/// <param name="Output">of a million tokens of answers</param>
public sealed record TokenPrices(double Input, double Output)
{
    private const double Million = 1e6;

    /// <summary>What tokens cost.</summary>
    public double Cost(long inputTokens, long outputTokens) => (Input * inputTokens + Output * outputTokens) / Million;
}

/// <summary>
/// Caps on what may be spent. No question is asked that could pass one by the estimate of its tokens (<see cref="TokenEstimate"/>, rather too many) and its longest answer. An endpoint that counts more than that can pass a cap by
/// the difference, on the questions that are open then.
/// </summary>
public sealed record SpendLimits
{
    /// <summary>Tokens of questions and answers; null for no cap.</summary>
    public long? Tokens { get; init; }

    /// <summary>Cost; null for no cap.</summary>
    public double? Cost { get; init; }

    /// <summary>Prices by model.</summary>
    public IReadOnlyDictionary<string, TokenPrices> Prices { get; init; } = new Dictionary<string, TokenPrices>();

    /// <summary>The prices of a model; nothing where none are given and the cost has no cap.</summary>
    /// <exception cref="ArgumentException">The cost has a cap, and the model has no price.</exception>
    public TokenPrices PricesOf(string model)
    {
        Require.That(Cost is null || Prices.ContainsKey(model), $"A cap on spend needs the prices of '{model}'.");
        return Prices.GetValueOrDefault(model, new TokenPrices(0, 0));
    }

    /// <summary>These limits, checked.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public SpendLimits Validated()
    {
        Require.That(Tokens is null or > 0, $"The cap on tokens is {Tokens}; it must be at least 1.");
        Require.That(Cost is null or > 0, $"The cap on spend is {Cost?.ToString(CultureInfo.InvariantCulture)}; it must be more than 0.");
        Require.That(Cost is null || Prices.Count > 0, "A cap on spend needs prices; without prices cap the tokens.");
        Require.That(Prices.Values.All(price => price.Input >= 0 && price.Output >= 0 && double.IsFinite(price.Input + price.Output)), "Prices must not be negative.");
        return this;
    }
}

/// <summary>Asks no more than caps allow: before a question is asked, its estimated tokens and the longest answer are set aside; afterwards what the endpoint counted takes their place. Where it fails, but may have worked on the question, what was set aside counts as spent.</summary>
/// <param name="inner">is asked</param>
/// <param name="limits">the caps</param>
public sealed class LimitedChat(IChat inner, SpendLimits limits) : IChat
{
    private readonly Lock _lock = new();
    private readonly SpendLimits _limits = limits.Validated();
    private long _tokens;
    private double _cost;

    /// <summary>Tokens of the questions that were asked and of their answers.</summary>
    public long SpentTokens { get; private set; }

    /// <summary>What they cost.</summary>
    public double SpentCost { get; private set; }

    /// <inheritdoc/>
    public async Task<ChatAnswer> AskAsync(ChatQuestion question, CancellationToken cancellation)
    {
        var prices = _limits.PricesOf(question.Model);
        var (input, output) = (TokenEstimate.Of(question), question.MostTokens);
        SetAside(input + output, prices.Cost(input, output));
        try
        {
            var answer = await inner.AskAsync(question, cancellation);
            Spend(prices, answer.InputTokens, answer.OutputTokens);
            return answer;
        }
        catch (PassingFailureException problem) when (problem.MayCost)
        {
            Spend(prices, input, output);
            throw;
        }
        finally
        {
            lock (_lock)
            {
                (_tokens, _cost) = (_tokens - input - output, _cost - prices.Cost(input, output));
            }
        }
    }

    private void Spend(TokenPrices prices, int inputTokens, int outputTokens)
    {
        lock (_lock)
        {
            SpentTokens += inputTokens + outputTokens;
            SpentCost += prices.Cost(inputTokens, outputTokens);
        }
    }

    private void SetAside(long tokens, double cost)
    {
        lock (_lock)
        {
            if (SpentTokens + _tokens + tokens > _limits.Tokens || SpentCost + _cost + cost > _limits.Cost)
            {
                throw new SpendLimitException("The cap on spend is reached.");
            }

            (_tokens, _cost) = (_tokens + tokens, _cost + cost);
        }
    }
}

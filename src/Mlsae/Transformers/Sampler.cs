using Mlsae.Numerics;

namespace Mlsae.Transformers;

/// <summary>How text is continued.</summary>
public sealed record SamplingConfig
{
    /// <summary>The most tokens to add.</summary>
    public int NewTokens { get; init; } = 64;

    /// <summary>What logits are divided by; 0 always takes the most probable token.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the most probable tokens are drawn from, as few as reach this share of the probability together.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>The same seed gives the same text.</summary>
    public ulong Seed { get; init; }

    /// <summary>A token that ends the text, and is not part of it; null for none.</summary>
    public int? StopToken { get; init; }

    /// <summary>This configuration, checked.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public SamplingConfig Validated()
    {
        Check(NewTokens >= 0, nameof(NewTokens), NewTokens, "0 or more");
        Check(Temperature >= 0 && double.IsFinite(Temperature), nameof(Temperature), Temperature, "0 or more");
        Check(TopP is > 0 and <= 1, nameof(TopP), TopP, "above 0 and at most 1");
        return this;
    }

    private static void Check(bool condition, string name, double value, string right)
    {
        if (!condition)
        {
            throw new ArgumentOutOfRangeException(name, $"{name} is {value}; it must be {right}.");
        }
    }
}

/// <summary>Continues texts by drawing from a model's predictions.</summary>
public static class Sampler
{
    /// <summary>Continues <paramref name="prompt"/> until <see cref="SamplingConfig.NewTokens"/>, the stop token, or the end of the model's context.</summary>
    /// <param name="model">predicts the next token</param>
    /// <param name="prompt">at least one token</param>
    /// <param name="config">how</param>
    /// <param name="onToken">told each new token as it is drawn; null for no one</param>
    /// <param name="cancellation">ends the text</param>
    /// <returns>the new tokens, without the prompt</returns>
    /// <exception cref="ArgumentException">The prompt is empty, longer than the context, or has ids that do not fit.</exception>
    public static int[] Generate(
        LanguageModel model, int[] prompt, SamplingConfig config, Action<int>? onToken = null, CancellationToken cancellation = default) =>
        Generate(new CachedDecoder(model), prompt, config, onToken, cancellation);

    /// <summary>Continues what a decoder has read and <paramref name="prompt"/>, with the decoder's edits.</summary>
    /// <param name="decoder">left with all tokens but the last new one</param>
    /// <param name="prompt">at least one token</param>
    /// <param name="config">how</param>
    /// <param name="onToken">told each new token as it is drawn; null for no one</param>
    /// <param name="cancellation">ends the text</param>
    /// <returns>the new tokens, without the prompt</returns>
    /// <exception cref="ArgumentException">The prompt is empty, longer than what is left of the context, or has ids that do not fit.</exception>
    public static int[] Generate(
        CachedDecoder decoder, int[] prompt, SamplingConfig config, Action<int>? onToken = null, CancellationToken cancellation = default)
    {
        config = config.Validated();
        int most = decoder.Model.ContextLength - decoder.Length;
        Require.That(prompt.Length <= most, $"A prompt of {prompt.Length} tokens is longer than what is left of the model's context, {most}.");
        var random = new Philox(config.Seed, "language-model.sample");
        var text = new List<int>();
        int[] added = prompt;
        while (text.Count < config.NewTokens && decoder.Length + added.Length <= decoder.Model.ContextLength && !cancellation.IsCancellationRequested)
        {
            int token = Draw(decoder.Append(added), config, random);
            if (token == config.StopToken)
            {
                break;
            }

            text.Add(token);
            onToken?.Invoke(token);
            added = [token];
        }

        return [.. text];
    }

    /// <summary>Draws one token.</summary>
    /// <param name="logits">[vocabulary]</param>
    /// <param name="config">temperature and top-p</param>
    /// <param name="random">one number is taken from it, or none at temperature 0</param>
    public static int Draw(ReadOnlySpan<float> logits, SamplingConfig config, Philox random)
    {
        var (tokens, probabilities) = MostProbable(logits, config);
        if (tokens.Length == 1)
        {
            return tokens[0];
        }

        double left = random.NextDouble() * probabilities.Sum();
        for (int i = 0; i < tokens.Length - 1; i++)
        {
            left -= probabilities[i];
            if (left < 0)
            {
                return tokens[i];
            }
        }

        return tokens[^1];
    }

    /// <summary>The tokens to draw from, most probable first, and their probabilities before they are cut off.</summary>
    internal static (int[] Tokens, double[] Probabilities) MostProbable(ReadOnlySpan<float> logits, SamplingConfig config)
    {
        int[] tokens = [.. Enumerable.Range(0, logits.Length)];
        float[] keys = logits.ToArray();
        // The first of equally probable tokens comes first: the order must not depend on the sort.
        Array.Sort(tokens, (a, b) => keys[a] != keys[b] ? keys[b].CompareTo(keys[a]) : a.CompareTo(b));
        if (config.Temperature == 0)
        {
            return ([tokens[0]], [1]);
        }

        double[] weights = [.. tokens.Select(t => Math.Exp((keys[t] - keys[tokens[0]]) / config.Temperature))];
        double total = weights.Sum(), reached = 0;
        int count = 0;
        while (count < tokens.Length && (count == 0 || reached < config.TopP))
        {
            weights[count] /= total;
            reached += weights[count];
            count++;
        }

        return (tokens[..count], weights[..count]);
    }
}

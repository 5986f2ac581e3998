using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Tokens;

/// <summary>A place at which a unit's value is not 0.</summary>
/// <param name="Token">the token there</param>
/// <param name="Value">the value</param>
public readonly record struct TokenPoint(int Token, float Value);

/// <summary>Values between two bounds, by token.</summary>
/// <param name="Low">lower bound, inclusive</param>
/// <param name="High">upper bound, exclusive but in the last range</param>
/// <param name="Points">points in between</param>
/// <param name="Counts">[shown tokens + 1] of them on each shown token, and on all others</param>
/// <param name="Share">share of them on the histogram's own token, with Wilson's interval; NaN where there is no point</param>
public sealed record TokenRange(double Low, double High, int Points, IReadOnlyList<int> Counts, Estimate Share);

/// <summary>
/// On which tokens a unit is active, by strength: ten ranges of equal width between its smallest and its largest value, each with the counts of the five most frequent tokens and of all others. Cunningham et al. 2023,
/// figures 4 and 11.
/// </summary>
/// <param name="Token">the token that the unit is held to be about</param>
/// <param name="Tokens">the tokens that are told apart</param>
/// <param name="Points">places that were counted</param>
/// <param name="Ranges">the ranges, from the smallest values</param>
/// <param name="Overall">share of all points on the own token</param>
/// <param name="UpperHalf">the same of the points in the upper half of the ranges</param>
public sealed record TokenHistogram(
    string Token, IReadOnlyList<string> Tokens, int Points, IReadOnlyList<TokenRange> Ranges, Estimate Overall, Estimate UpperHalf)
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition =
        "token_histogram/1: counts of the 5 most frequent tokens and of all others in 10 ranges of equal width between the smallest and the largest of at most 5,000 values that are not 0, drawn at random; shares with Wilson intervals over points";

    /// <summary>Ranges, as published.</summary>
    public const int RangeCount = 10;

    /// <summary>Tokens told apart, as published.</summary>
    public const int TokensShown = 5;

    /// <summary>Points counted at most, as published.</summary>
    public const int MostPoints = 5000;

    /// <summary>Counts points on the tokens that come most often among them.</summary>
    /// <inheritdoc cref="Of(IReadOnlyList{TokenPoint}, int, IReadOnlyList{int}, Func{int, string})"/>
    public static TokenHistogram Of(IReadOnlyList<TokenPoint> points, int token, Func<int, string> display) => Of(points, token, MostFrequent(points, token), display);

    /// <summary>Counts points.</summary>
    /// <param name="points">where the value is not 0; at least one</param>
    /// <param name="token">the unit's own token</param>
    /// <param name="shown">the tokens that are told apart</param>
    /// <param name="display">how a token is shown</param>
    /// <exception cref="ArgumentException">There is no point.</exception>
    public static TokenHistogram Of(IReadOnlyList<TokenPoint> points, int token, IReadOnlyList<int> shown, Func<int, string> display)
    {
        Require.That(points.Count > 0, "A histogram needs at least one place where the unit is active.");
        double low = points.Min(point => point.Value), width = (points.Max(point => point.Value) - low) / RangeCount;
        var byRange = points.ToLookup(point => width > 0 ? Math.Min(RangeCount - 1, (int)((point.Value - low) / width)) : RangeCount - 1);
        var ranges = Enumerable.Range(0, RangeCount).Select(range => Range(low + range * width, low + (range + 1) * width, [.. byRange[range]], token, shown));
        return new TokenHistogram(
            display(token), [.. shown.Select(display)], points.Count, [.. ranges], Share([.. points], token),
            Share([.. Enumerable.Range(RangeCount / 2, RangeCount / 2).SelectMany(range => byRange[range])], token));
    }

    /// <summary>The tokens that come most often among points, and the unit's own where it is none of these, at the end.</summary>
    public static int[] MostFrequent(IReadOnlyList<TokenPoint> points, int token)
    {
        int[] shown = [.. points.CountBy(point => point.Token).OrderByDescending(own => own.Value).ThenBy(own => own.Key).Take(TokensShown).Select(own => own.Key)];
        return shown.Contains(token) ? shown : [.. shown, token];
    }

    /// <summary>Some of the points, drawn at random where there are too many.</summary>
    /// <param name="points">all of them</param>
    /// <param name="random">draws</param>
    /// <param name="most">how many at most</param>
    public static IReadOnlyList<TokenPoint> Drawn(IReadOnlyList<TokenPoint> points, Philox random, int most = MostPoints)
    {
        TokenPoint[] drawn = [.. points];
        if (drawn.Length > most)
        {
            random.Shuffle<TokenPoint>(drawn);
        }

        return drawn[..Math.Min(most, drawn.Length)];
    }

    private static TokenRange Range(double low, double high, TokenPoint[] points, int token, IReadOnlyList<int> shown)
    {
        int[] counts = [.. shown.Select(id => points.Count(point => point.Token == id))];
        return new TokenRange(low, high, points.Length, [.. counts, points.Length - counts.Sum()], Share(points, token));
    }

    private static Estimate Share(TokenPoint[] points, int token) => WilsonInterval.Of(points.Count(point => point.Token == token), points.Length);
}

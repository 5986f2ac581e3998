using System.Text.Json.Serialization;
using Mlsae.Metrics;

namespace Mlsae.Pipelines.Comparisons;

/// <summary>What an interval of a difference says of the multi-layer dictionary.</summary>
public enum Verdict
{
    /// <summary>The interval lies where the multi-layer dictionary is better.</summary>
    [JsonStringEnumMemberName("better")]
    Better,

    /// <summary>The interval lies where the multi-layer dictionary is worse.</summary>
    [JsonStringEnumMemberName("worse")]
    Worse,

    /// <summary>The interval holds 0, or there is none: which is not to say that there is no difference.</summary>
    [JsonStringEnumMemberName("no difference shown")]
    NoDifferenceShown,
}

/// <summary>From intervals to verdicts.</summary>
public static class Verdicts
{
    /// <summary>The verdict of a difference.</summary>
    /// <param name="difference">the other arm less the multi-layer dictionary, with its interval</param>
    /// <param name="lowerIsBetter">whether the metric is a loss</param>
    public static Verdict Of(Estimate difference, bool lowerIsBetter) => difference switch
    {
        { Low: > 0 } => lowerIsBetter ? Verdict.Better : Verdict.Worse,
        { High: < 0 } => lowerIsBetter ? Verdict.Worse : Verdict.Better,
        _ => Verdict.NoDifferenceShown,
    };

    /// <summary>The verdict in words.</summary>
    public static string NameOf(Verdict verdict) => verdict switch
    {
        Verdict.Better => "better",
        Verdict.Worse => "worse",
        _ => "no difference shown",
    };
}

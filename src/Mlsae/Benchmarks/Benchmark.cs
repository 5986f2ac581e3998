namespace Mlsae.Benchmarks;

/// <summary>What is asked of the ratio between two speeds.</summary>
/// <param name="Least">the smallest ratio that is good enough; null for none</param>
/// <param name="Most">the largest; null for none</param>
public sealed record Bar(double? Least, double? Most = null)
{
    /// <summary>Nothing is asked; the ratio is told.</summary>
    public static Bar None { get; } = new(Least: null);

    /// <summary>Whether a ratio is good enough; NaN never is where anything is asked.</summary>
    public bool IsMetBy(double ratio) => (Least is null || ratio >= Least) && (Most is null || ratio <= Most);

    /// <inheritdoc/>
    public override string ToString() => (Least, Most) switch
    {
        (null, null) => "",
        ({ } least, null) => $"≥ {least:0.##}",
        (null, { } most) => $"≤ {most:0.##}",
        ({ } least, { } most) => $"{least:0.##} to {most:0.##}",
    };
}

/// <summary>Someone that ours is compared with.</summary>
/// <param name="Contestant">who</param>
/// <param name="Bar">what the ratio of our speed to theirs should be</param>
/// <param name="ByFlops">whether speeds are floating-point operations a second, and not units: where the works differ in size</param>
public sealed record Rival(Contestant Contestant, Bar Bar, bool ByFlops = false);

/// <summary>One thing that is measured: our work, and who runs beside it in the same minutes.</summary>
/// <param name="Ours">our work</param>
/// <param name="Rivals">whom it is compared with</param>
public sealed record Benchmark(Contestant Ours, IReadOnlyList<Rival> Rivals)
{
    /// <summary>Seconds that one run may take; null where nothing is asked.</summary>
    public double? MostSeconds { get; init; }

    /// <summary>Mebibytes that the work may need; null where nothing is asked.</summary>
    public double? MostMebibytes { get; init; }

    /// <summary>The part that it belongs to, by which it is asked for on the command line.</summary>
    public required string Group { get; init; }
}

namespace Mlsae.Pipelines.Analyses;

/// <summary>A part of longer work, which reports its own share done as a stretch of the whole.</summary>
/// <param name="whole">told the whole's share; null for no one</param>
/// <param name="from">where the part begins, 0 to 1</param>
/// <param name="to">where it ends</param>
internal sealed class PartOfProgress(IProgress<double>? whole, double from, double to) : IProgress<double>
{
    /// <summary>One of several equal parts of the stretch from <paramref name="from"/> to 1.</summary>
    public static PartOfProgress Of(IProgress<double>? whole, double from, int part, int parts) => new(whole, from + (1 - from) * part / parts, from + (1 - from) * (part + 1) / parts);

    /// <inheritdoc/>
    public void Report(double value) => whole?.Report(from + (to - from) * value);
}

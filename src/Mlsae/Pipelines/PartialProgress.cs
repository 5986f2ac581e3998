namespace Mlsae.Pipelines;

/// <summary>The progress of one part of some work, told as the share of the whole that is done.</summary>
/// <param name="whole">is told; null for no one</param>
/// <param name="from">the share of the whole before the part</param>
/// <param name="to">the share after it</param>
internal sealed class PartialProgress(IProgress<double>? whole, double from, double to) : IProgress<double>
{
    /// <summary>One of several equal parts of what comes after <paramref name="from"/>.</summary>
    public static PartialProgress Of(IProgress<double>? whole, double from, int part, int parts) => new(whole, from + (1 - from) * part / parts, from + (1 - from) * (part + 1) / parts);

    /// <inheritdoc/>
    public void Report(double value) => whole?.Report(from + value * (to - from));
}

namespace Mlsae.Pipelines.Analyses;

/// <summary>Progress of work that reads a text twice.</summary>
internal static class Halves
{
    /// <summary>What the first half reports to.</summary>
    public static IProgress<double>? First(IProgress<double>? whole) => whole is null ? null : new Half(whole, 0);

    /// <summary>What the second half reports to.</summary>
    public static IProgress<double>? Second(IProgress<double>? whole) => whole is null ? null : new Half(whole, 1);

    private sealed class Half(IProgress<double> whole, int half) : IProgress<double>
    {
        public void Report(double value) => whole.Report((half + value) / 2);
    }
}

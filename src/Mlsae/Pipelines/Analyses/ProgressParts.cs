namespace Mlsae.Pipelines.Analyses;

/// <summary>Cuts the progress of a whole into that of its parts, one after the other.</summary>
/// <param name="whole">told the share of the whole done; null for no one</param>
internal sealed class ProgressParts(IProgress<double>? whole)
{
    private double _start;

    /// <summary>The next part.</summary>
    /// <param name="share">of the whole; all together at most 1</param>
    public IProgress<double> Next(double share)
    {
        double start = _start;
        _start += share;
        return new Part(done => whole?.Report(start + share * done));
    }

    private sealed class Part(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}

namespace Mlsae.Analysis;

/// <summary>A mean over latents with the spread that the published code reports beside it.</summary>
/// <param name="Mean">mean over live latents</param>
/// <param name="Variance">variance over live latents</param>
/// <param name="Std">√Variance</param>
/// <param name="Sem">Std / √n</param>
public sealed record PublishedSummary(double Mean, double Variance, double Std, double Sem)
{
    /// <summary>Summarises values of which NaN stands for a dead latent, as the published code does for layers: dead latents are left out of the moments (divisor N) but counted in the standard error.</summary>
    public static PublishedSummary OfLatents(IReadOnlyCollection<double> values)
    {
        double[] live = [.. values.Where(value => !double.IsNaN(value))];
        return Of(live, live.Length, values.Count);
    }

    /// <summary>Summarises values as the published code does for directions: divisor N − 1.</summary>
    public static PublishedSummary OfSample(IReadOnlyCollection<double> values) => Of(values, values.Count - 1, values.Count);

    private static PublishedSummary Of(IReadOnlyCollection<double> values, int divisor, int count)
    {
        double mean = values.Sum() / values.Count;
        double variance = values.Sum(value => (value - mean) * (value - mean)) / divisor;
        return new PublishedSummary(mean, variance, Math.Sqrt(variance), Math.Sqrt(variance / count));
    }
}

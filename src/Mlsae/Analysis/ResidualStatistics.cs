using Mlsae.Metrics;
using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>A dimension of a layer's vectors that varies far more than the others.</summary>
/// <param name="Dimension">which, from 0</param>
/// <param name="Mean">its mean, in the transformer's units</param>
/// <param name="Std">its standard deviation</param>
/// <param name="VarianceShare">its share of the layer's variance</param>
/// <param name="Largest">the largest magnitude that was seen</param>
public sealed record OutlierDimension(int Dimension, double Mean, double Std, double VarianceShare, double Largest);

/// <summary>What the vectors of one layer are like.</summary>
public sealed record ResidualLayer
{
    /// <summary>A dimension is an outlier where its variance is more than this many times the layer's median dimension's.</summary>
    public const double OutlierAbove = 10;

    /// <summary>Mean L2 norm; interval over sequences.</summary>
    public required Estimate Norm { get; init; }

    /// <summary>Sample standard deviation of the norm over tokens.</summary>
    public required double NormStd { get; init; }

    /// <summary>‖mean vector‖² / mean of ‖x‖²: how much of the vectors is the same for all tokens.</summary>
    public required double MeanShare { get; init; }

    /// <summary>[d_model]</summary>
    public required IReadOnlyList<double> Means { get; init; }

    /// <summary>[d_model] about the mean, divisor N.</summary>
    public required IReadOnlyList<double> Variances { get; init; }

    /// <summary>[d_model] the largest magnitude of each dimension.</summary>
    public required IReadOnlyList<double> Largest { get; init; }

    /// <summary>Σ of the variances.</summary>
    public double TotalVariance => Variances.Sum();

    /// <summary>(Σ v)² / Σ v² of the dimensions' variances: how many dimensions the variance is spread over, d_model if evenly.</summary>
    public double EffectiveDimensions => TotalVariance * TotalVariance / Variances.Sum(variance => variance * variance);

    /// <summary>[d_model] Share of the variance that the 1, 2, … most varying dimensions have together.</summary>
    public double[] CumulativeShares()
    {
        double sum = 0, total = TotalVariance;
        return [.. Variances.OrderDescending().Select(variance => (sum += variance) / total)];
    }

    /// <summary>The outlier dimensions, the most varying first.</summary>
    public IReadOnlyList<OutlierDimension> Outliers()
    {
        double total = TotalVariance, median = Bootstrap.Percentile([.. Variances.Order()], 0.5);
        return
        [
            .. Enumerable.Range(0, Variances.Count).Where(i => Variances[i] > OutlierAbove * median).OrderByDescending(i => Variances[i]).ThenBy(i => i)
                .Select(i => new OutlierDimension(i, Means[i], Math.Sqrt(Variances[i]), Variances[i] / total, Largest[i])),
        ];
    }
}

/// <summary>What the vectors of every layer are like.</summary>
public sealed record ResidualStatistics
{
    /// <summary>Name and version of the definition.</summary>
    public string Definition { get; init; } =
        "residual_norms/1: mean L2 norm of the vectors of each layer; outlier dimensions: variance over tokens more than 10 times the layer's median dimension's";

    /// <summary>Tokens that it is over.</summary>
    public required long Tokens { get; init; }

    /// <summary>Sequences that intervals are over.</summary>
    public required int Sequences { get; init; }

    /// <summary>Seed of the bootstrap.</summary>
    public required ulong Seed { get; init; }

    /// <summary>[L]</summary>
    public required IReadOnlyList<ResidualLayer> Layers { get; init; }

    /// <summary>[L × d_model] The mean vectors.</summary>
    public Matrix MeanVectors() => new(Layers.Count, Layers[0].Means.Count, [.. Layers.SelectMany(layer => layer.Means.Select(mean => (float)mean))]);
}

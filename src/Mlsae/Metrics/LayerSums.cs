using Mlsae.Numerics;

namespace Mlsae.Metrics;

/// <summary>
/// What every metric of one layer is computed from: sums over vectors, kept for each sequence and added up over any set of sequences.
/// So a metric is a function of sums, never a mean of batch ratios, and its interval comes from resampling sequences.
/// </summary>
public sealed partial class LayerSums
{
    private const double SmallestNorm = 1e-4;

    private readonly double[] _errorMean;

    /// <summary>Sums over no vectors.</summary>
    /// <param name="modelDim">d_model</param>
    public LayerSums(int modelDim) => (Mean, _errorMean) = (new double[modelDim], new double[modelDim]);

    /// <summary>[d_model] mean of the vectors.</summary>
    public double[] Mean { get; }

    /// <summary>Number of vectors.</summary>
    public long Vectors { get; private set; }

    /// <summary>Σ‖x − mean‖² over vectors.</summary>
    public double SquaredDeviation { get; private set; }

    /// <summary>Σ‖x − x̂‖² over vectors.</summary>
    public double SquaredError { get; private set; }

    /// <summary>Σ‖e − mean of e‖² over vectors, with e = x − x̂.</summary>
    public double ErrorDeviation { get; private set; }

    /// <summary>Σ‖x̂‖² over vectors.</summary>
    public double SquaredReconstruction { get; private set; }

    /// <summary>Σ x·x̂ over vectors.</summary>
    public double InnerProducts { get; private set; }

    /// <summary>Σ cos(x, x̂) over vectors; 0 where one of them is zero.</summary>
    public double Cosines { get; private set; }

    /// <summary>Σ‖x̂‖/‖x‖ over vectors; where ‖x‖ is less than 1e-4, ‖x̂‖ is taken.</summary>
    public double NormRatios { get; private set; }

    /// <summary>Σ‖x − x̂‖²/‖x − m‖² over vectors, m a mean that was known beforehand; NaN where none was.</summary>
    public double UnexplainedRatios { get; private set; }

    /// <summary>Σ of active latents over vectors.</summary>
    public double ActiveLatents { get; private set; }

    /// <summary>Σ of absolute latent values over vectors.</summary>
    public double LatentValues { get; private set; }

    /// <summary>Adds one vector with its reconstruction and code.</summary>
    /// <param name="x">[d_model] the vector</param>
    /// <param name="reconstruction">[d_model]</param>
    /// <param name="latents">[k] the stored latent values</param>
    /// <param name="threshold">a latent is active where its value is greater</param>
    /// <param name="knownMean">[d_model] for <see cref="UnexplainedRatios"/>; empty where it is not known</param>
    public void AddVector(
        ReadOnlySpan<float> x, ReadOnlySpan<float> reconstruction, ReadOnlySpan<float> latents, float threshold, ReadOnlySpan<float> knownMean = default)
    {
        Require.Equal(x.Length, Mean.Length);
        Require.Equal(reconstruction.Length, Mean.Length);
        Vectors++;
        double squares = 0, reconstructed = 0, inner = 0, error = 0, share = 1.0 / Vectors;
        for (int i = 0; i < x.Length; i++)
        {
            double value = x[i], other = reconstruction[i], difference = value - other;
            SquaredDeviation += Move(ref Mean[i], value, share);
            ErrorDeviation += Move(ref _errorMean[i], difference, share);
            squares += value * value;
            reconstructed += other * other;
            inner += value * other;
            error += difference * difference;
        }

        SquaredError += error;
        SquaredReconstruction += reconstructed;
        InnerProducts += inner;
        Cosines += inner == 0 ? 0 : inner / Math.Sqrt(squares * reconstructed);
        double norm = Math.Sqrt(squares);
        NormRatios += Math.Sqrt(reconstructed) / (norm < SmallestNorm ? 1 : norm);
        UnexplainedRatios += knownMean.IsEmpty ? double.NaN : error / SquaredDistance(x, knownMean);
        AddCode(latents, threshold);
    }

    /// <summary>Adds the sums of other vectors (Chan, Golub and LeVeque 1979 for the deviations).</summary>
    public void Add(LayerSums other)
    {
        long vectors = Vectors + other.Vectors;
        double share = vectors == 0 ? 0 : (double)other.Vectors / vectors;
        SquaredDeviation += other.SquaredDeviation + Move(Mean, other.Mean, share) * Vectors * share;
        ErrorDeviation += other.ErrorDeviation + Move(_errorMean, other._errorMean, share) * Vectors * share;
        Vectors = vectors;
        SquaredError += other.SquaredError;
        SquaredReconstruction += other.SquaredReconstruction;
        InnerProducts += other.InnerProducts;
        Cosines += other.Cosines;
        NormRatios += other.NormRatios;
        UnexplainedRatios += other.UnexplainedRatios;
        ActiveLatents += other.ActiveLatents;
        LatentValues += other.LatentValues;
        AddPredictions(other);
    }

    /// <summary>The sums of several sequences together.</summary>
    public static LayerSums Total(IEnumerable<LayerSums> sequences, int modelDim)
    {
        var total = new LayerSums(modelDim);
        foreach (var sums in sequences)
        {
            total.Add(sums);
        }

        return total;
    }

    private void AddCode(ReadOnlySpan<float> latents, float threshold)
    {
        foreach (float value in latents)
        {
            ActiveLatents += value > threshold ? 1 : 0;
            LatentValues += Math.Abs(value);
        }
    }

    /// <summary>Takes one more value into a mean; returns what its squared deviations grow by (Welford 1962).</summary>
    private static double Move(ref double mean, double value, double share)
    {
        double before = value - mean;
        mean += before * share;
        return before * (value - mean);
    }

    /// <summary>Moves means towards others; returns the squared distance there was between them.</summary>
    private static double Move(double[] means, double[] others, double share)
    {
        double between = 0;
        for (int i = 0; i < means.Length; i++)
        {
            double difference = others[i] - means[i];
            between += difference * difference;
            means[i] += difference * share;
        }

        return between;
    }

    private static double SquaredDistance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double difference = (double)x[i] - y[i];
            sum += difference * difference;
        }

        return sum;
    }
}

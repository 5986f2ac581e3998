using Mlsae.Numerics;

namespace Mlsae.Metrics;

/// <summary>
/// What every metric of one layer is computed from: sums over vectors, kept for each sequence and added up over any set of sequences.
/// So a metric is a function of sums, never a mean of batch ratios, and its interval comes from resampling sequences.
/// </summary>
public sealed class LayerSums
{
    /// <summary>Sums over no vectors.</summary>
    /// <param name="modelDim">d_model</param>
    public LayerSums(int modelDim) => Mean = new double[modelDim];

    /// <summary>[d_model] mean of the vectors.</summary>
    public double[] Mean { get; }

    /// <summary>Number of vectors.</summary>
    public long Vectors { get; private set; }

    /// <summary>Σ‖x − mean‖² over vectors.</summary>
    public double SquaredDeviation { get; private set; }

    /// <summary>Σ‖x − x̂‖² over vectors.</summary>
    public double SquaredError { get; private set; }

    /// <summary>Σ of active latents over vectors.</summary>
    public double ActiveLatents { get; private set; }

    /// <summary>Σ of latent values over vectors.</summary>
    public double LatentValues { get; private set; }

    /// <summary>Number of positions with a next token.</summary>
    public long Predictions { get; private set; }

    /// <summary>Σ over predictions of the patched model's cross-entropy less the untouched model's, in nats.</summary>
    public double CrossEntropyDifference { get; private set; }

    /// <summary>Number of positions whose next-token distributions were compared.</summary>
    public long Positions { get; private set; }

    /// <summary>Σ over positions of KL(original ‖ patched), in nats.</summary>
    public double Divergence { get; private set; }

    /// <summary>Adds one vector with its reconstruction and code.</summary>
    /// <param name="x">[d_model] the vector</param>
    /// <param name="reconstruction">[d_model]</param>
    /// <param name="latents">[k] the stored latent values</param>
    /// <param name="threshold">a latent is active where its value is greater</param>
    public void AddVector(ReadOnlySpan<float> x, ReadOnlySpan<float> reconstruction, ReadOnlySpan<float> latents, float threshold)
    {
        Require.Equal(x.Length, Mean.Length);
        Require.Equal(reconstruction.Length, Mean.Length);
        Vectors++;
        for (int i = 0; i < x.Length; i++)
        {
            // Welford: the deviation from the mean before and after this vector.
            double before = x[i] - Mean[i];
            Mean[i] += before / Vectors;
            SquaredDeviation += before * (x[i] - Mean[i]);
            double error = (double)x[i] - reconstruction[i];
            SquaredError += error * error;
        }

        foreach (float value in latents)
        {
            ActiveLatents += value > threshold ? 1 : 0;
            LatentValues += Math.Abs(value);
        }
    }

    /// <summary>Adds one position's effect on the next-token distribution.</summary>
    /// <param name="divergence">KL(original ‖ patched) in nats</param>
    /// <param name="crossEntropyDifference">patched less original in nats, or null where there is no next token</param>
    public void AddPosition(double divergence, double? crossEntropyDifference)
    {
        Positions++;
        Divergence += divergence;
        if (crossEntropyDifference is { } difference)
        {
            Predictions++;
            CrossEntropyDifference += difference;
        }
    }

    /// <summary>Adds the sums of other vectors (Chan, Golub and LeVeque 1979 for the deviations).</summary>
    public void Add(LayerSums other)
    {
        long vectors = Vectors + other.Vectors;
        double share = vectors == 0 ? 0 : (double)other.Vectors / vectors;
        double between = 0;
        for (int i = 0; i < Mean.Length; i++)
        {
            double difference = other.Mean[i] - Mean[i];
            between += difference * difference;
            Mean[i] += difference * share;
        }

        SquaredDeviation += other.SquaredDeviation + between * Vectors * share;
        Vectors = vectors;
        SquaredError += other.SquaredError;
        ActiveLatents += other.ActiveLatents;
        LatentValues += other.LatentValues;
        Predictions += other.Predictions;
        CrossEntropyDifference += other.CrossEntropyDifference;
        Positions += other.Positions;
        Divergence += other.Divergence;
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
}

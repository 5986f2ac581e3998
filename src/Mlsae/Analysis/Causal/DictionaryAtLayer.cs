using Mlsae.Dictionaries;
using Mlsae.Numerics;

namespace Mlsae.Analysis.Causal;

/// <summary>
/// A dictionary as it reads and writes the vectors of one layer: codes, single pre-activations with their gradients, and steps along directions, in the transformer's units. Latents have the
/// numbers of the whole arrangement. What is computed of single latents is in double. Safe to use from several threads at once.
/// </summary>
public sealed class DictionaryAtLayer
{
    /// <summary>By how much of itself below a threshold a latent is left by <see cref="AblationKind.Threshold"/>.</summary>
    private const double BelowThreshold = 1e-4;

    private readonly SparseDictionary _dictionary;
    private readonly int _first;

    /// <summary>What an arrangement does at one layer.</summary>
    /// <param name="dictionary">one for all layers, or one for each</param>
    /// <param name="layer">0 .. L − 1</param>
    /// <exception cref="ArgumentException">Its latents have no pre-activation of one layer's vector.</exception>
    public DictionaryAtLayer(ILayeredDictionary dictionary, int layer)
    {
        Require.That(Hindrance(dictionary) is not { } sentence, Hindrance(dictionary) ?? "");
        Require.Within(layer, 1, dictionary.LayerCount);
        _dictionary = dictionary.Dictionaries[dictionary.Arrangement == Arrangement.PerLayer ? layer : 0];
        _first = dictionary.LatentsAt(layer).First;
        Layer = layer;
    }

    /// <summary>Which layer of the dictionary's, from 0.</summary>
    public int Layer { get; }

    /// <summary>Why latents of a dictionary cannot be taken away at one layer; null where they can.</summary>
    public static string? Hindrance(ILayeredDictionary dictionary) =>
        dictionary.Arrangement == Arrangement.Crosscoder ? "A crosscoder's latents read all layers of a token at once, so none can be taken away at one layer; take a shared or per-layer dictionary."
        : dictionary.Dictionaries.All(part => part is TopKDictionary or ThresholdDictionary) ? null
        : "The latents of nmf have no pre-activations: a code is the solution of an equation; take a dictionary with an encoder.";

    /// <summary>Whether a latent can be active at this layer.</summary>
    public bool Has(int latent) => latent >= _first && latent < _first + _dictionary.LatentCount;

    /// <summary>The codes of vectors of this layer.</summary>
    /// <param name="x">[N × d_model]</param>
    public SparseRows Encode(Matrix x)
    {
        var codes = _dictionary.Encode(x);
        foreach (ref int index in codes.Indices.AsSpan(0, codes.EntryCount))
        {
            index += _first;
        }

        return codes;
    }

    /// <summary>[N] One latent's values in codes; 0 where it is not active.</summary>
    public static float[] ValuesOf(SparseRows codes, int latent)
    {
        var values = new float[codes.Rows];
        for (int row = 0; row < codes.Rows; row++)
        {
            int entry = codes.RowIndices(row).IndexOf(latent);
            values[row] = entry < 0 ? 0 : codes.RowValues(row)[entry];
        }

        return values;
    }

    /// <summary>[d_model] What a latent adds to a reconstruction for each unit of its value, before it is multiplied with <see cref="Scale"/>.</summary>
    public ReadOnlySpan<float> Direction(int latent) => _dictionary.Decoder.Row(Own(latent));

    /// <summary>A latent is active where its pre-activation exceeds this (and, of TopK, is among the k largest).</summary>
    public double Threshold(int latent) => _dictionary is ThresholdDictionary { Thresholds: var thresholds } ? thresholds[Own(latent)] : 0;

    /// <summary>The transformer's units in one of the dictionary's at a vector: its standard deviation s where the dictionary standardises, otherwise 1.</summary>
    public double Scale(ReadOnlySpan<float> x) => _dictionary.Config.Standardize ? Math.Sqrt(Moments.Of(x).Variance) : 1;

    /// <summary>A latent's pre-activation at a vector.</summary>
    /// <param name="x">[d_model]</param>
    /// <param name="latent">which one</param>
    public double PreActivation(ReadOnlySpan<float> x, int latent)
    {
        var encoder = _dictionary.Encoder.Row(Own(latent));
        if (!_dictionary.Config.Standardize)
        {
            return Dot(encoder, x) - Dot(encoder, _dictionary.PreBias) + Bias(latent);
        }

        var (mean, variance) = Moments.Of(x);
        return (Dot(encoder, x) - mean * Sum(encoder)) / (Math.Sqrt(variance) + Kernels.StandardizeEpsilon) - Dot(encoder, _dictionary.PreBias) + Bias(latent);
    }

    /// <summary>The gradient of a latent's pre-activation with respect to the vector, through the standardisation.</summary>
    /// <param name="x">[d_model] May be <paramref name="gradient"/>.</param>
    /// <param name="latent">which one</param>
    /// <param name="gradient">[d_model] Overwritten.</param>
    public void Gradient(ReadOnlySpan<float> x, int latent, Span<float> gradient)
    {
        Require.Equal(gradient.Length, x.Length);
        var encoder = _dictionary.Encoder.Row(Own(latent));
        if (!_dictionary.Config.Standardize)
        {
            encoder.CopyTo(gradient);
            return;
        }

        // y = u / (s + ε): ∂(e·y)/∂xᵢ = (eᵢ − ē)/(s + ε) − (e·u)/(s + ε)² · uᵢ/((d − 1) s).
        var (mean, variance) = Moments.Of(x);
        double s = Math.Sqrt(variance), divisor = s + Kernels.StandardizeEpsilon, encoderMean = Sum(encoder) / x.Length;
        double alongX = (Dot(encoder, x) - mean * Sum(encoder)) / (divisor * divisor * (x.Length - 1) * s);
        for (int i = 0; i < x.Length; i++)
        {
            gradient[i] = (float)((encoder[i] - encoderMean) / divisor - (s > 0 ? alongX * (x[i] - mean) : 0));
        }
    }

    /// <summary>The step δ with the smallest |δ| after which x − δf gives a latent's pre-activation a value; null where none does.</summary>
    /// <param name="x">[d_model]</param>
    /// <param name="latent">which one</param>
    /// <param name="target">the pre-activation to reach</param>
    public double? StepTo(ReadOnlySpan<float> x, int latent, double target = 0)
    {
        ReadOnlySpan<float> encoder = _dictionary.Encoder.Row(Own(latent)), direction = Direction(latent);
        if (!_dictionary.Config.Standardize)
        {
            return StoppingStep.Linear(PreActivation(x, latent), Dot(encoder, direction), target);
        }

        var (u, v) = (Moments.Of(x), Moments.Of(direction));
        double encoderSum = Sum(encoder), freedom = x.Length - 1;
        return StoppingStep.Standardized(new StandardizedLine(
            Dot(encoder, x) - u.Mean * encoderSum, Dot(encoder, direction) - v.Mean * encoderSum, u.Variance * freedom,
            Dot(x, direction) - x.Length * u.Mean * v.Mean, v.Variance * freedom, freedom,
            target - Bias(latent) + Dot(encoder, _dictionary.PreBias), Kernels.StandardizeEpsilon));
    }

    /// <summary>The pre-activation at which <see cref="AblationKind.LessThanRankOne"/> and <see cref="AblationKind.Threshold"/> leave a latent.</summary>
    internal double StopAt(AblationKind kind, int latent) => kind == AblationKind.Threshold ? Threshold(latent) * (1 - BelowThreshold) : 0;

    private int Own(int latent)
    {
        Require.That(Has(latent), $"There is no latent {latent} at layer {Layer}; its latents are {_first} to {_first + _dictionary.LatentCount - 1}.");
        return latent - _first;
    }

    private double Bias(int latent) => _dictionary.EncoderBias?[latent - _first] ?? 0;

    private static double Sum(ReadOnlySpan<float> x)
    {
        double sum = 0;
        foreach (float value in x)
        {
            sum += value;
        }

        return sum;
    }

    private static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += (double)x[i] * y[i];
        }

        return sum;
    }

    /// <summary>Mean and sample variance, divisor d − 1.</summary>
    private readonly record struct Moments(double Mean, double Variance)
    {
        public static Moments Of(ReadOnlySpan<float> x)
        {
            double mean = Sum(x) / x.Length, squares = 0;
            foreach (float value in x)
            {
                squares += (value - mean) * (value - mean);
            }

            return new Moments(mean, squares / (x.Length - 1));
        }
    }
}

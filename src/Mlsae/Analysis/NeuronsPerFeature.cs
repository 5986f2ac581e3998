using Mlsae.Numerics;

namespace Mlsae.Analysis;

/// <summary>Over how many dimensions a direction spreads: 1 / Σ_k (|d_k|/‖d‖₁)², the inverse Simpson index. 1 for a basis vector, d_model for a uniform one. Cunningham et al. 2023.</summary>
public static class NeuronsPerFeature
{
    /// <summary>Name and version of the definition.</summary>
    public const string Definition = "neurons_per_feature/1: mean over all latents of 1 / sum_k (|d_k| / |d|_1)^2";

    /// <summary>The number of a direction; NaN for one of zeros.</summary>
    /// <param name="direction">[d_model]</param>
    public static double Of(ReadOnlySpan<float> direction)
    {
        double sum = 0, squares = 0;
        foreach (float value in direction)
        {
            sum += Math.Abs((double)value);
            squares += (double)value * value;
        }

        return sum * sum / squares;
    }

    /// <summary>[n] The numbers of several directions.</summary>
    /// <param name="directions">[n × d_model]</param>
    public static double[] Of(Matrix directions) => [.. Enumerable.Range(0, directions.Rows).Select(row => Of(directions.Row(row)))];
}

namespace Mlsae.Numerics;

public static partial class Reference
{
    /// <summary>Layer normalisation of one vector: (x − mean) / √(variance + epsilon) · weight + bias, variance with divisor d.</summary>
    /// <param name="x">[d]</param>
    /// <param name="weight">[d]</param>
    /// <param name="bias">[d]</param>
    /// <param name="epsilon">added to the variance</param>
    public static double[] LayerNorm(double[] x, double[] weight, double[] bias, double epsilon)
    {
        double mean = x.Average();
        double variance = x.Average(value => (value - mean) * (value - mean));
        return [.. x.Select((value, i) => (value - mean) / Math.Sqrt(variance + epsilon) * weight[i] + bias[i])];
    }

    /// <summary>RMS normalisation of one vector: x / √(mean(x²) + epsilon) · weight.</summary>
    /// <param name="x">[d]</param>
    /// <param name="weight">[d]</param>
    /// <param name="epsilon">added to the mean square</param>
    public static double[] RmsNorm(double[] x, double[] weight, double epsilon)
    {
        double meanSquare = x.Average(value => value * value);
        return [.. x.Select((value, i) => value / Math.Sqrt(meanSquare + epsilon) * weight[i])];
    }
}

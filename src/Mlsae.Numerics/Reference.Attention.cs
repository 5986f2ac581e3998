namespace Mlsae.Numerics;

public static partial class Reference
{
    /// <summary>exp(x − max) / Σ exp(x − max).</summary>
    /// <param name="x">[n]</param>
    public static double[] Softmax(double[] x)
    {
        double maximum = x.DefaultIfEmpty().Max();
        double[] powers = [.. x.Select(value => Math.Exp(value - maximum))];
        double sum = powers.Sum();
        return [.. powers.Select(power => power / sum)];
    }

    /// <summary>Cross-entropy of the softmax of one row: log Σ exp(x) − x[target], in nats.</summary>
    /// <param name="logits">[vocabulary]</param>
    /// <param name="target">the right column</param>
    public static double CrossEntropy(double[] logits, int target)
    {
        double maximum = logits.Max();
        return Math.Log(logits.Sum(value => Math.Exp(value - maximum))) + maximum - logits[target];
    }

    /// <summary>The attention pattern of one head: the softmax of scale·q·kᵀ over the keys up to each query's own; zero beyond.</summary>
    /// <param name="queries">[positions][headDim] the last positions</param>
    /// <param name="keys">[keyPositions][headDim]</param>
    /// <param name="scale">1/√headDim</param>
    /// <returns>[positions][keyPositions]</returns>
    public static double[][] AttentionPattern(double[][] queries, double[][] keys, double scale)
    {
        int offset = keys.Length - queries.Length;
        return [.. queries.Select((query, row) =>
        {
            double[] seen = Softmax([.. keys.Take(offset + row + 1).Select(key => scale * query.Zip(key, (q, k) => q * k).Sum())]);
            return seen.Concat(new double[keys.Length - seen.Length]).ToArray();
        })];
    }

    /// <summary>The values of one head weighted by a pattern.</summary>
    /// <param name="pattern">[positions][keyPositions]</param>
    /// <param name="values">[keyPositions][headDim]</param>
    /// <returns>[positions][headDim]</returns>
    public static double[][] AttentionApply(double[][] pattern, double[][] values) =>
        [.. pattern.Select(row => values[0].Select((_, i) => row.Select((p, key) => p * values[key][i]).Sum()).ToArray())];

    /// <summary>Rotary embedding of one head: the pair (x[j], x[j + rotaryDims/2]) turned by position·theta^(−2j / rotaryDims).</summary>
    /// <param name="x">[headDim]</param>
    /// <param name="rotaryDims">how many of the first dimensions are rotated</param>
    /// <param name="position">from 0; negative turns the other way</param>
    /// <param name="theta">the base</param>
    public static double[] Rotate(double[] x, int rotaryDims, int position, double theta = 10000)
    {
        double[] result = [.. x];
        int half = rotaryDims / 2;
        for (int j = 0; j < half; j++)
        {
            var (sine, cosine) = Math.SinCos(position * Math.Pow(theta, -2.0 * j / rotaryDims));
            result[j] = x[j] * cosine - x[j + half] * sine;
            result[j + half] = x[j + half] * cosine + x[j] * sine;
        }

        return result;
    }
}

using Mlsae.Numerics;
using Mlsae.Storage;

namespace Mlsae.Dictionaries.Engines;

/// <summary>Mean and covariance of vectors that come in batches, in double, divisor N. The same bits however the vectors are cut into batches.</summary>
/// <remarks>Moments are taken about the first vector, so that a large common offset costs no digits.</remarks>
internal sealed class StreamingCovariance(int width)
{
    private const int RowBlock = 64;

    private readonly double[] _origin = new double[width];
    private readonly double[] _sums = new double[width];
    private readonly double[] _products = new double[checked(width * width)];
    private readonly double[] _rows = new double[RowBlock * width];

    /// <summary>Vectors so far, N.</summary>
    public long Count { get; private set; }

    /// <summary>Takes in vectors.</summary>
    /// <param name="x">[rows × width]</param>
    public void Add(Matrix x)
    {
        if (Count == 0 && x.Rows > 0)
        {
            Widen(x.Row(0), _origin);
        }

        for (int start = 0; start < x.Rows; start += RowBlock)
        {
            int count = Math.Min(RowBlock, x.Rows - start);
            for (int row = 0; row < count; row++)
            {
                AddToSums(x.Row(start + row), _rows.AsSpan(row * width, width));
            }

            var rows = _rows.AsMemory(0, count * width);
            Kernels.AddProduct(rows, rows, _products, width, transposeA: true);
        }

        Count += x.Rows;
    }

    /// <summary>[width] The mean.</summary>
    public double[] Mean() => [.. _sums.Select((sum, i) => _origin[i] + sum / Math.Max(1, Count))];

    /// <summary>[width × width] The covariance, divisor N, symmetric to the last bit.</summary>
    public double[] Covariance()
    {
        var covariance = new double[_products.Length];
        double count = Math.Max(1, Count);
        Workers.For(width, row =>
        {
            for (int column = 0; column < width; column++)
            {
                covariance[row * width + column] = _products[row * width + column] / count - _sums[row] / count * (_sums[column] / count);
            }
        });
        return covariance;
    }

    /// <summary>Everything needed to go on.</summary>
    public IEnumerable<Tensor> Save() =>
    [
        Tensor.Of("covariance.count", new[] { Count }.AsSpan(), 1),
        Tensor.Of("covariance.origin", _origin.AsSpan(), width),
        Tensor.Of("covariance.sums", _sums.AsSpan(), width),
        Tensor.Of("covariance.products", _products.AsSpan(), width, width),
    ];

    /// <summary>Goes on from what <see cref="Save"/> gave.</summary>
    /// <exception cref="InvalidDataException">The state does not fit.</exception>
    public void Restore(ITensorSource state)
    {
        state.RequireShape("covariance.origin", width);
        state.RequireShape("covariance.sums", width);
        state.RequireShape("covariance.products", width, width);
        Count = state.ReadLongs("covariance.count", 1)[0];
        state.Read("covariance.origin", 0, _origin);
        state.Read("covariance.sums", 0, _sums);
        state.Read("covariance.products", 0, _products);
    }

    /// <summary>Takes the origin off a vector and counts the rest in.</summary>
    private void AddToSums(ReadOnlySpan<float> x, Span<double> rest)
    {
        for (int i = 0; i < x.Length; i++)
        {
            rest[i] = x[i] - _origin[i];
            _sums[i] += rest[i];
        }
    }

    private static void Widen(ReadOnlySpan<float> x, Span<double> result)
    {
        for (int i = 0; i < x.Length; i++)
        {
            result[i] = x[i];
        }
    }
}

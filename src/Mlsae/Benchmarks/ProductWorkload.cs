using Mlsae.Numerics;

namespace Mlsae.Benchmarks;

/// <summary>A plain matrix product, of which every other speed is a share. Its operands and its result are small enough to stay in the cache.</summary>
internal sealed class ProductWorkload : Workload
{
    /// <summary>Rows of the left operand, depth of the sums, rows of the right operand.</summary>
    public static (int M, int K, int N) Shape(bool toy) => toy ? (64, 32, 64) : (2048, 512, 2048);

    private readonly Matrix _left;
    private readonly Matrix _right;
    private readonly Matrix _result;

    /// <summary>Random operands.</summary>
    public ProductWorkload(bool toy)
    {
        var (m, k, n) = Shape(toy);
        (_left, _right, _result) = (new Matrix(m, k), new Matrix(n, k), new Matrix(m, n));
        new Philox(0, "benchmark.left").FillGaussian(_left.Values, 1);
        new Philox(0, "benchmark.right").FillGaussian(_right.Values, 1);
    }

    /// <inheritdoc/>
    public override double Units => 1;

    /// <inheritdoc/>
    public override double Flops => 2.0 * _left.Rows * _left.Columns * _right.Rows;

    /// <inheritdoc/>
    public override void Run() => Kernels.MatMulTransposedB(_left, _right, _result);
}

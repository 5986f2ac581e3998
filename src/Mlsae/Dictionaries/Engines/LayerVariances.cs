using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

/// <summary>The sums of squared deviations that losses are divided by, for each layer of a batch.</summary>
/// <remarks>Summed in double; split over threads by column, so the sums do not depend on their number.</remarks>
public sealed class LayerVariances
{
    private const int ColumnBlock = 64;

    private readonly int _layerCount;
    private readonly double[] _sums;
    private readonly double[] _squares;
    private readonly Action<int> _sumColumns;
    private Matrix _batch;

    /// <summary>Room for batches of <paramref name="layerCount"/> layers and vectors of <paramref name="modelDim"/>.</summary>
    public LayerVariances(int layerCount, int modelDim)
    {
        _layerCount = layerCount;
        _sums = new double[layerCount * modelDim];
        _squares = new double[layerCount * modelDim];
        PerDimension = new double[layerCount];
        Pooled = new double[layerCount];
        Means = new float[layerCount * modelDim];
        _batch = new Matrix(0, modelDim);
        _sumColumns = SumColumns;
    }

    /// <summary>[L] Σ‖x − mean‖², the mean per dimension over the layer's vectors.</summary>
    public double[] PerDimension { get; }

    /// <summary>[L] Σ(x − m)² over components, m the one mean over the layer's vectors and components.</summary>
    public double[] Pooled { get; }

    /// <summary>[L · d_model] The means per dimension.</summary>
    public float[] Means { get; }

    /// <summary>Computes all for a batch.</summary>
    /// <param name="batch">[tokens · L × d_model]</param>
    public void Compute(Matrix batch)
    {
        _batch = batch;
        Workers.For((batch.Columns + ColumnBlock - 1) / ColumnBlock, _sumColumns);
        int tokens = batch.Rows / _layerCount, width = batch.Columns;
        for (int layer = 0; layer < _layerCount; layer++)
        {
            var sums = _sums.AsSpan(layer * width, width);
            double total = 0, within = 0, between = 0;
            foreach (double sum in sums)
            {
                total += sum;
            }

            for (int column = 0; column < width; column++)
            {
                double offset = sums[column] / tokens - total / ((double)tokens * width);
                within += _squares[layer * width + column];
                between += tokens * offset * offset;
            }

            PerDimension[layer] = within;
            Pooled[layer] = within + between;
        }
    }

    private void SumColumns(int block)
    {
        int start = block * ColumnBlock, count = Math.Min(ColumnBlock, _batch.Columns - start);
        int tokens = _batch.Rows / _layerCount;
        Span<double> means = stackalloc double[ColumnBlock];
        for (int layer = 0; layer < _layerCount; layer++)
        {
            var sums = _sums.AsSpan(layer * _batch.Columns + start, count);
            var squares = _squares.AsSpan(layer * _batch.Columns + start, count);
            sums.Clear();
            squares.Clear();
            for (int row = layer; row < _batch.Rows; row += _layerCount)
            {
                Kernels.AddTo(_batch.Row(row).Slice(start, count), sums);
            }

            for (int column = 0; column < count; column++)
            {
                means[column] = sums[column] / tokens;
                Means[layer * _batch.Columns + start + column] = (float)means[column];
            }

            for (int row = layer; row < _batch.Rows; row += _layerCount)
            {
                Kernels.AddSquaredDeviations(_batch.Row(row).Slice(start, count), means[..count], squares);
            }
        }
    }
}

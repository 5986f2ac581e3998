using System.Numerics;
using System.Runtime.InteropServices;

namespace Mlsae.Numerics;

/// <summary>The iteration of Weiszfeld (1937) for the geometric median, in double. Sums run over fixed blocks of rows, so that the number of threads does not matter.</summary>
internal sealed class WeiszfeldIteration
{
    private readonly Matrix _points;
    private readonly double _guard;
    private readonly double[] _weights;
    private readonly int _blockRows;
    private readonly double[][] _blockSums;

    /// <summary>Starts from the mean.</summary>
    public WeiszfeldIteration(Matrix points, double guard)
    {
        _points = points;
        _guard = guard;
        _weights = new double[points.Rows];
        _blockRows = Math.Max(64, (points.Rows + 63) / 64);
        _blockSums = new double[(points.Rows + _blockRows - 1) / _blockRows][];
        for (int block = 0; block < _blockSums.Length; block++)
        {
            _blockSums[block] = new double[points.Columns];
        }

        Median = new double[points.Columns];
        Array.Fill(_weights, 1.0 / points.Rows);
        SetMedian();
    }

    /// <summary>[d] where the iteration has come to.</summary>
    public double[] Median { get; }

    /// <summary>Goes on to the mean weighted by 1 / distance. Returns how far that is.</summary>
    public double Step()
    {
        Workers.ForBlocks(_points.Rows, _blockRows, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                _weights[row] = 1 / Math.Max(Distance(_points.Row(row), Median), _guard);
            }
        });
        double sum = _weights.Sum();
        for (int row = 0; row < _weights.Length; row++)
        {
            _weights[row] /= sum;
        }

        double[] before = [.. Median];
        SetMedian();
        double squares = 0;
        for (int i = 0; i < before.Length; i++)
        {
            squares += (Median[i] - before[i]) * (Median[i] - before[i]);
        }

        return Math.Sqrt(squares);
    }

    /// <summary>Median = Σ weights[i]·points[i].</summary>
    private void SetMedian()
    {
        Workers.ForBlocks(_points.Rows, _blockRows, (start, end) =>
        {
            double[] sum = _blockSums[start / _blockRows];
            Array.Clear(sum);
            for (int row = start; row < end; row++)
            {
                AddScaled(_points.Row(row), _weights[row], sum);
            }
        });
        Array.Clear(Median);
        foreach (double[] sum in _blockSums)
        {
            for (int i = 0; i < sum.Length; i++)
            {
                Median[i] += sum[i];
            }
        }
    }

    private static double Distance(ReadOnlySpan<float> point, ReadOnlySpan<double> center)
    {
        var vPoint = MemoryMarshal.Cast<float, Vector<float>>(point);
        var vCenter = MemoryMarshal.Cast<double, Vector<double>>(center);
        Vector<double> s0 = default, s1 = default;
        for (int i = 0; i < vPoint.Length; i++)
        {
            Vector.Widen(vPoint[i], out var low, out var high);
            low -= vCenter[2 * i];
            high -= vCenter[2 * i + 1];
            s0 += low * low;
            s1 += high * high;
        }

        double squares = Vector.Sum(s0 + s1);
        for (int i = vPoint.Length * Vector<float>.Count; i < point.Length; i++)
        {
            squares += (point[i] - center[i]) * (point[i] - center[i]);
        }

        return Math.Sqrt(squares);
    }

    private static void AddScaled(ReadOnlySpan<float> point, double weight, Span<double> sum)
    {
        var vPoint = MemoryMarshal.Cast<float, Vector<float>>(point);
        var vSum = MemoryMarshal.Cast<double, Vector<double>>(sum);
        for (int i = 0; i < vPoint.Length; i++)
        {
            Vector.Widen(vPoint[i], out var low, out var high);
            vSum[2 * i] += low * weight;
            vSum[2 * i + 1] += high * weight;
        }

        for (int i = vPoint.Length * Vector<float>.Count; i < point.Length; i++)
        {
            sum[i] += weight * point[i];
        }
    }
}

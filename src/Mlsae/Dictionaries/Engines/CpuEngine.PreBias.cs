using Mlsae.Numerics;

namespace Mlsae.Dictionaries.Engines;

public abstract partial class CpuEngine
{
    private const int BiasColumns = 64;

    private readonly Action<int> _sumColumns;
    private readonly Matrix _biasParts;

    /// <summary>The first batch's centre: of what the encoder sees or, as published, of the raw vectors.</summary>
    private void StartPreBias()
    {
        var points = Batch;
        var bias = Parameters.PreBias.Values;
        Array.Clear(bias);
        if (Config.Standardize && !Config.Compatibility.PreBiasFromRawInputs)
        {
            // The pre-bias is still zero, so the input is the standardised batch.
            ForRows(Batch.Rows, _prepareRows);
            points = Buffers.Input;
        }

        if (Config.PreBias == PreBiasStart.GeometricMedian)
        {
            double[] median = Kernels.GeometricMedian(points);
            for (int i = 0; i < median.Length; i++)
            {
                bias[i] = (float)median[i];
            }
        }
        else if (Config.PreBias == PreBiasStart.Mean)
        {
            Mean(points, bias);
        }

        StartedFrom = [.. bias];
        _hasPreBias = true;
    }

    private static void Mean(Matrix points, float[] mean)
    {
        var sums = new double[mean.Length];
        for (int row = 0; row < points.Rows; row++)
        {
            Kernels.AddTo(points.Row(row), sums);
        }

        for (int i = 0; i < mean.Length; i++)
        {
            mean[i] = (float)(sums[i] / points.Rows);
        }
    }

    /// <summary>The pre-bias' gradient in one block of columns.</summary>
    private void SumBiasColumns(int block)
    {
        int start = block * BiasColumns, count = Math.Min(BiasColumns, Config.ModelDim - start);
        Span<double> sums = stackalloc double[BiasColumns];
        sums = sums[..count];
        sums.Clear();
        AddPreBiasGradient(start, sums);
        AddColumns(_biasParts, start, sums);
        for (int i = 0; i < count; i++)
        {
            Parameters.PreBias.Gradient[start + i] = (float)sums[i];
        }
    }

    /// <summary>Adds the pre-bias' gradient by what the decoder puts out; that through the encoder is added for every kind.</summary>
    /// <param name="start">the first column</param>
    /// <param name="sums">of the columns from there</param>
    /// <remarks>The bias is in every reconstruction that the first latent is in.</remarks>
    private protected virtual void AddPreBiasGradient(int start, Span<double> sums) => AddColumns(OutputGradient(0), start, sums);

    /// <summary>Adds the sums of some columns.</summary>
    private protected static void AddColumns(Matrix rows, int start, Span<double> sums)
    {
        for (int row = 0; row < rows.Rows; row++)
        {
            Kernels.AddTo(rows.Row(row).Slice(start, sums.Length), sums);
        }
    }
}

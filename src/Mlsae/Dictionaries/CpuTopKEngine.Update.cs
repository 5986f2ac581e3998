using System.Diagnostics;
using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

public sealed partial class CpuTopKEngine
{
    private const int BiasColumns = 64;

    [ThreadStatic]
    private static float[]? _gradientRows;

    private readonly Action<int> _updateLatents;
    private readonly Action<int> _sumColumns;
    private readonly Matrix _biasParts;
    private readonly (long Gradients, long Adam)[] _blockTicks;
    private readonly float[] _biasGradient;
    private AdamStep _adam;

    /// <summary>Transposes the codes and, unless that came before AuxK, ages the latents.</summary>
    private void Index()
    {
        if (!Config.Compatibility.AgesBeforeAuxK)
        {
            _ages.Update(_buffers.Top, _report.Tokens);
        }

        _report.DeadCount = _ages.DeadCount;
        _report.DeadFraction = _ages.DeadCount / (double)Config.LatentCount;
        _topIndex.Build(_buffers.Top);
        if (_auxActive)
        {
            _auxIndex.Build(_buffers.Aux);
        }
        else
        {
            _auxIndex.Clear();
        }

        Times.EndIndex();
    }

    /// <summary>Gradients and Adam, latent by latent; then the pre-bias.</summary>
    private void Update(double learningRate)
    {
        var adam = Config.Adam;
        _adam = new AdamStep(learningRate, adam.Beta1, adam.Beta2, adam.Epsilon, StepCount + 1);
        Workers.For(_biasParts.Rows, _updateLatents);
        Workers.For((Config.ModelDim + BiasColumns - 1) / BiasColumns, _sumColumns);
        if (Gradients is { } record)
        {
            _biasGradient.CopyTo(record.PreBias, 0);
        }

        Kernels.AdamRow(_biasGradient, _adam, _parameters.PreBias, _parameters.PreBiasFirstMoment, _parameters.PreBiasSecondMoment);
        long gradients = 0, updates = 0;
        foreach (var ticks in _blockTicks)
        {
            gradients += ticks.Gradients;
            updates += ticks.Adam;
        }

        Times.EndUpdate(gradients, updates);
    }

    private void UpdateLatents(int block)
    {
        int width = Config.ModelDim;
        if (_gradientRows is null || _gradientRows.Length < 2 * width)
        {
            _gradientRows = new float[2 * width];
        }

        var rows = new LatentGradients(_gradientRows.AsSpan(0, width), _gradientRows.AsSpan(width, width));
        var biasPart = _biasParts.Row(block);
        biasPart.Clear();
        _blockTicks[block] = default;
        for (int latent = block * LatentBlock; latent < Math.Min(Config.LatentCount, (block + 1) * LatentBlock); latent++)
        {
            long start = Stopwatch.GetTimestamp();
            GatherGradients(latent, rows, biasPart);
            long middle = Stopwatch.GetTimestamp();
            UpdateRows(latent, rows);
            _blockTicks[block].Gradients += middle - start;
            _blockTicks[block].Adam += Stopwatch.GetTimestamp() - middle;
        }
    }

    private void GatherGradients(int latent, LatentGradients rows, Span<float> biasPart)
    {
        rows.Encoder.Clear();
        rows.Decoder.Clear();
        var decoderRow = _parameters.Decoder.Row(latent);
        float sum = Kernels.AddLatentGradients(_topIndex, latent, _buffers.Gradient, _buffers.Input, decoderRow, rows);
        sum += Kernels.AddLatentGradients(_auxIndex, latent, _buffers.AuxGradient, _buffers.Input, decoderRow, rows);
        if (sum != 0)
        {
            // The encoder sees x − bias, so each pre-activation's gradient reaches the bias through the encoder's row, with the sign turned.
            Kernels.AddScaled(_parameters.Encoder.Row(latent), -sum, biasPart);
        }
    }

    private void UpdateRows(int latent, LatentGradients rows)
    {
        var order = Config.Compatibility.NormalizesBeforeAdam ? DecoderUpdate.NormalizeProjectStep : DecoderUpdate.ProjectStepNormalize;
        var (p, record) = (_parameters, Gradients);
        if (record is not null)
        {
            rows.Encoder.CopyTo(record.Encoder.Row(latent));
            rows.Decoder.CopyTo(record.Decoder.Row(latent));
        }

        Kernels.AdamRow(rows.Encoder, _adam, p.Encoder.Row(latent), p.EncoderFirstMoment.Row(latent), p.EncoderSecondMoment.Row(latent));
        Kernels.DecoderAdamRow(rows.Decoder, _adam, order, p.Decoder.Row(latent), p.DecoderFirstMoment.Row(latent), p.DecoderSecondMoment.Row(latent));
        if (record is not null)
        {
            rows.Decoder.CopyTo(record.ProjectedDecoder.Row(latent));
        }
    }

    /// <summary>The pre-bias' gradient in one block of columns: from the decoder's output, from AuxK's where it adds the bias, and through the encoder.</summary>
    private void SumBiasColumns(int block)
    {
        int start = block * BiasColumns, count = Math.Min(BiasColumns, Config.ModelDim - start);
        Span<double> sums = stackalloc double[BiasColumns];
        sums = sums[..count];
        sums.Clear();
        AddColumns(_buffers.Gradient, start, sums);
        AddColumns(_biasParts, start, sums);
        if (_auxActive && Config.Compatibility.AuxKAddsPreBias)
        {
            AddColumns(_buffers.AuxGradient, start, sums);
        }

        for (int i = 0; i < count; i++)
        {
            _biasGradient[start + i] = (float)sums[i];
        }
    }

    private static void AddColumns(Matrix rows, int start, Span<double> sums)
    {
        for (int row = 0; row < rows.Rows; row++)
        {
            Kernels.AddTo(rows.Row(row).Slice(start, sums.Length), sums);
        }
    }
}

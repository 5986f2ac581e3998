using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

public sealed partial class CpuTopKEngine
{
    private readonly Action<int> _prepareRows;
    private readonly Action<int> _decodeRows;
    private Matrix? _deadEncoder;

    /// <summary>Standardises and centres the batch, and finds what its losses are divided by.</summary>
    private void Prepare()
    {
        if (!_hasPreBias)
        {
            StartPreBias();
        }

        ForRows(_batch.Rows, _prepareRows);
        _variances.Compute(_batch);
        double numbers = (double)_batch.Rows / LayerCount * _batch.Columns;
        for (int layer = 0; layer < LayerCount; layer++)
        {
            _denominators[layer] = Config.Compatibility.PooledVariance
                ? _variances.Pooled[layer] * (numbers / (numbers - 1))
                : _variances.PerDimension[layer];
        }

        Times.EndPrepare();
    }

    private void PrepareRows(int block)
    {
        for (int row = block * RowBlock; row < Math.Min(_batch.Rows, (block + 1) * RowBlock); row++)
        {
            var input = _buffers.Input.Row(row);
            (_buffers.Mean[row], _buffers.Scale[row]) = (0, 1);
            if (Config.Standardize)
            {
                (_buffers.Mean[row], _buffers.Scale[row]) = Kernels.Standardize(_batch.Row(row), input);
            }
            else
            {
                _batch.Row(row).CopyTo(input);
            }

            Kernels.AddScaled(_parameters.PreBias, -1, input);
        }
    }

    /// <summary>The first batch's centre: of what the encoder sees or, as published, of the raw vectors.</summary>
    private void StartPreBias()
    {
        var points = _batch;
        if (Config.Standardize && !Config.Compatibility.PreBiasFromRawInputs)
        {
            // The pre-bias is still zero, so the input is the standardised batch.
            Array.Clear(_parameters.PreBias);
            ForRows(_batch.Rows, _prepareRows);
            points = _buffers.Input;
        }

        switch (Config.PreBias)
        {
            case PreBiasStart.GeometricMedian:
                double[] median = Kernels.GeometricMedian(points);
                for (int i = 0; i < median.Length; i++)
                {
                    _parameters.PreBias[i] = (float)median[i];
                }

                break;
            case PreBiasStart.Mean:
                Mean(points, _parameters.PreBias);
                break;
            default:
                Array.Clear(_parameters.PreBias);
                break;
        }

        StartedFrom = [.. _parameters.PreBias];
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

    /// <summary>The codes and, among the dead latents, AuxK's.</summary>
    private void Encode()
    {
        _auxActive = false;
        bool wanted = Config.AuxK > 0 && Config.AuxKCoefficient > 0;
        if (Config.Compatibility.AgesBeforeAuxK)
        {
            Kernels.EncodeTopK(_buffers.Input, _parameters.Encoder, null, _buffers.Top);
            _ages.Update(_buffers.Top, _batch.Rows / LayerCount);
            EncodeDead(wanted);
        }
        else
        {
            // Dead latents are known before the batch, so one pass over the encoder finds both.
            bool anyDead = wanted && _ages.DeadCount > 0;
            Kernels.EncodeTopK(
                _buffers.Input, _parameters.Encoder, null, _buffers.Top, anyDead ? _ages.Dead : null, anyDead ? _buffers.Aux : null);
            _auxActive = anyDead;
        }

        if (wanted && !_auxActive && Config.Compatibility.AuxKWithoutDeadLatents)
        {
            Array.Clear(_buffers.Aux.Values);
            _auxActive = true;
        }

        TopKDictionary.ApplyRelu(_buffers.Top);
        if (_auxActive)
        {
            TopKDictionary.ApplyRelu(_buffers.Aux);
        }

        Times.EndEncode();
    }

    /// <summary>A second pass over the dead latents' encoder rows alone, gathered into a matrix of their own.</summary>
    private void EncodeDead(bool wanted)
    {
        if (!wanted || _ages.DeadCount == 0)
        {
            return;
        }

        _deadEncoder ??= new Matrix(Config.LatentCount, Config.ModelDim);
        int[] latents = new int[_ages.DeadCount];
        for (int latent = 0, next = 0; latent < Config.LatentCount; latent++)
        {
            if (_ages.Dead[latent])
            {
                _parameters.Encoder.Row(latent).CopyTo(_deadEncoder.Row(next));
                latents[next++] = latent;
            }
        }

        var all = new bool[latents.Length];
        Array.Fill(all, true);
        var largest = new SparseRows(_batch.Rows, 1);
        Kernels.EncodeTopK(_buffers.Input, _deadEncoder.RowWindow(0, latents.Length), null, largest, all, _buffers.Aux);
        foreach (ref int index in _buffers.Aux.Indices.AsSpan())
        {
            index = latents[index];
        }

        _auxActive = true;
    }

    /// <summary>Reconstructions, errors, and the gradient of the main loss by the decoder's output.</summary>
    private void Decode()
    {
        ForRows(_batch.Rows, _decodeRows);
        Times.EndDecode();
    }

    private void DecodeRows(int block)
    {
        for (int row = block * RowBlock; row < Math.Min(_batch.Rows, (block + 1) * RowBlock); row++)
        {
            var reconstruction = _buffers.Reconstruction.Row(row);
            Kernels.SparseDecodeRow(_buffers.Top.RowIndices(row), _buffers.Top.RowValues(row), _parameters.Decoder, _parameters.PreBias, reconstruction);
            if (_auxActive && !Config.Compatibility.AuxKInRawUnits)
            {
                var target = _buffers.Target.Row(row);
                _buffers.Input.Row(row).CopyTo(target);
                Kernels.AddScaled(_parameters.PreBias, 1, target);
                Kernels.AddScaled(reconstruction, -1, target);
            }

            float scale = _buffers.Scale[row];
            Kernels.Scale(reconstruction, scale);
            Kernels.AddConstant(reconstruction, _buffers.Mean[row], reconstruction);

            var gradient = _buffers.Gradient.Row(row);
            reconstruction.CopyTo(gradient);
            Kernels.AddScaled(_batch.Row(row), -1, gradient);
            _buffers.Errors[row] = Kernels.SumOfSquares(gradient);
            if (_auxActive && Config.Compatibility.AuxKInRawUnits)
            {
                gradient.CopyTo(_buffers.Target.Row(row));
                Kernels.Scale(_buffers.Target.Row(row), -1);
            }

            Kernels.Scale(gradient, (float)(2 * scale / (LayerCount * _denominators[row % LayerCount])));
        }
    }
}

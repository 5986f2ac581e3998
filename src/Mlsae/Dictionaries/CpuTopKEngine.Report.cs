namespace Mlsae.Dictionaries;

public sealed partial class CpuTopKEngine
{
    /// <summary>Fills the report, all but the number of dead latents.</summary>
    private void Report()
    {
        int tokens = _batch.Rows / LayerCount;
        double numbers = (double)tokens * _batch.Columns;
        SumLayers();
        double mse = 0;
        for (int layer = 0; layer < LayerCount; layer++)
        {
            double error = _layerErrors[layer];
            mse += error / _denominators[layer] / LayerCount;
            _report.Fvu[layer] = error / _variances.PerDimension[layer];
            _report.FvuMlsae[layer] = error / numbers / (_variances.Pooled[layer] / (numbers - 1));
            _report.L0[layer] /= tokens;
            _report.L1[layer] /= tokens;
        }

        _report.Step = StepCount + 1;
        _report.Tokens = tokens;
        _report.LossMse = mse;
        _report.Loss = mse + _report.LossAuxK;
        _report.AuxKActive = _auxActive ? CountAbove(_buffers.Aux.Values, 0) : 0;
    }

    /// <summary>Sums over each layer's vectors, in the order of rows.</summary>
    private void SumLayers()
    {
        Array.Clear(_layerErrors);
        Array.Clear(_report.L0);
        Array.Clear(_report.L1);
        for (int row = 0; row < _batch.Rows; row++)
        {
            int layer = row % LayerCount;
            var values = _buffers.Top.RowValues(row);
            _layerErrors[layer] += _buffers.Errors[row];
            _report.L0[layer] += CountAbove(values, (float)Config.DeadThreshold);
            _report.L1[layer] += Total(values);
        }
    }

    /// <summary>Refuses a step whose loss is not a number, before anything is overwritten.</summary>
    private void CheckFinite()
    {
        if (double.IsFinite(_report.Loss))
        {
            return;
        }

        for (int row = 0; row < _batch.Rows; row++)
        {
            if (!TopKParameters.IsFinite(_batch.Row(row)))
            {
                throw new NonFiniteException($"the activations of layer {row % LayerCount}", _report.Step);
            }
        }

        int constant = Array.FindIndex(_denominators, value => !(value > 0));
        throw new NonFiniteException(
            _parameters.FirstNonFinite() ?? (constant >= 0 ? $"the loss, as the activations of layer {constant} do not vary," : "the loss"),
            _report.Step);
    }

    private static int CountAbove(ReadOnlySpan<float> values, float threshold)
    {
        int count = 0;
        foreach (float value in values)
        {
            count += value > threshold ? 1 : 0;
        }

        return count;
    }
}

using Mlsae.Numerics;

namespace Mlsae.Dictionaries;

public sealed partial class CpuTopKEngine
{
    private readonly Action<int> _auxErrorRows;
    private readonly Action<int> _auxGradientRows;
    private bool _auxActive;
    private double _auxError;
    private double _auxVariance;

    /// <summary>coefficient · Σ‖e − ê‖² / Σ‖e − mean‖², with ê what the dead latents make of the error e; Gao et al. 2024, section A.2.</summary>
    private void LossAuxK()
    {
        _report.LossAuxK = 0;
        if (_auxActive)
        {
            ForRows(_batch.Rows, _auxErrorRows);
            _auxError = Total(_buffers.AuxErrors);
            _auxVariance = AuxVariance();
            if (_auxVariance != 0)
            {
                _report.LossAuxK = Config.AuxKCoefficient * _auxError / _auxVariance;
                ForRows(_batch.Rows, _auxGradientRows);
            }
            else
            {
                // Without an error there is nothing to reconstruct.
                _auxActive = false;
            }
        }

        Times.EndAuxK();
    }

    private double AuxVariance()
    {
        if (Config.Compatibility.AuxKCentersVectors)
        {
            return Total(_buffers.AuxVariances);
        }

        _targetVariance.Compute(_buffers.Target);
        return _targetVariance.PerDimension[0];
    }

    private void AuxErrorRows(int block)
    {
        var bias = Config.Compatibility.AuxKAddsPreBias ? _parameters.PreBias : [];
        for (int row = block * RowBlock; row < Math.Min(_batch.Rows, (block + 1) * RowBlock); row++)
        {
            var target = _buffers.Target.Row(row);
            var difference = _buffers.AuxGradient.Row(row);
            Kernels.SparseDecodeRow(_buffers.Aux.RowIndices(row), _buffers.Aux.RowValues(row), _parameters.Decoder, bias, difference);
            Kernels.AddScaled(target, -1, difference);
            _buffers.AuxErrors[row] = Kernels.SumOfSquares(difference);
            if (Config.Compatibility.AuxKCentersVectors)
            {
                double sum = Kernels.Sum(target);
                _buffers.AuxVariances[row] = Kernels.SumOfSquares(target) - sum * sum / target.Length;
            }
        }
    }

    private void AuxGradientRows(int block)
    {
        float factor = (float)(2 * Config.AuxKCoefficient / _auxVariance);
        for (int row = block * RowBlock; row < Math.Min(_batch.Rows, (block + 1) * RowBlock); row++)
        {
            var gradient = _buffers.AuxGradient.Row(row);
            Kernels.Scale(gradient, factor);
            if (Config.Compatibility.AuxKGradientThroughError)
            {
                AddErrorGradient(row, factor);
            }
        }
    }

    /// <summary>The gradient through the target e = x − x̂: of the numerator −∂/∂ê, of the denominator the error's deviation from its mean.</summary>
    private void AddErrorGradient(int row, float factor)
    {
        float scale = Config.Compatibility.AuxKInRawUnits ? _buffers.Scale[row] : 1;
        float ratio = (float)(_auxError / _auxVariance);
        var target = _buffers.Target.Row(row);
        var gradient = _buffers.Gradient.Row(row);
        Kernels.AddScaled(_buffers.AuxGradient.Row(row), scale, gradient);
        Kernels.AddScaled(target, scale * factor * ratio, gradient);
        if (Config.Compatibility.AuxKCentersVectors)
        {
            Kernels.AddConstant(gradient, -scale * factor * ratio * (Kernels.Sum(target) / target.Length), gradient);
        }
        else
        {
            Kernels.AddScaled(_targetVariance.Means, -scale * factor * ratio, gradient);
        }
    }

    private static double Total(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += value;
        }

        return sum;
    }

    private static double Total(double[] values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum;
    }
}
